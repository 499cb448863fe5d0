from django.db import migrations

# A tag behind a plus makes no second person: mail to it arrives in the same box.
SQL = """
CREATE OR REPLACE FUNCTION public.roster_begin(staff_email text, staff_name text, staff_roles jsonb, staff_employer uuid, begins date, ends date)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here uuid := roster_centre();
    posting uuid := gen_random_uuid();
    box text := regexp_replace(lower(staff_email), '[+][^@]*@', '@');
BEGIN
    INSERT INTO tenants_staffperson (id, email, name) VALUES (gen_random_uuid(), box, staff_name) ON CONFLICT (email) DO NOTHING;
    INSERT INTO tenants_posting (id, person_id, centre_id, employer_id, roles, from_date, until_date)
    SELECT posting, person.id, here, staff_employer, staff_roles, begins, ends FROM tenants_staffperson person WHERE person.email = box;
    RETURN posting;
END $$;
CREATE FUNCTION public.roster_same_person(one uuid, other uuid)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) = 2 AND count(DISTINCT person_id) = 1 FROM tenants_posting
    WHERE id IN (one, other) AND centre_id IS NOT DISTINCT FROM roster_centre()
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_roster")]
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION public.roster_same_person")]
