from django.db import migrations

# The centre is whoever is logged in, never a parameter; `owner` is the unit tests' SET ROLE mode. Headquarters has no centre.
SQL = """
CREATE FUNCTION public.roster_centre() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    login text := CASE WHEN session_user = 'owner' THEN current_setting('role') ELSE session_user END;
    centre uuid;
BEGIN
    IF login = 'hq' THEN
        RETURN NULL;
    END IF;
    SELECT id INTO centre FROM tenants_centre WHERE 'c_' || schema_name = login;
    IF centre IS NULL THEN
        RAISE EXCEPTION 'only a centre or headquarters posts its staff' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN centre;
END $$;
CREATE FUNCTION public.roster_begin(staff_email text, staff_name text, staff_roles jsonb, staff_employer uuid, begins date, ends date)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here uuid := roster_centre();
    posting uuid := gen_random_uuid();
BEGIN
    INSERT INTO tenants_staffperson (id, email, name) VALUES (gen_random_uuid(), lower(staff_email), staff_name) ON CONFLICT (email) DO NOTHING;
    INSERT INTO tenants_posting (id, person_id, centre_id, employer_id, roles, from_date, until_date)
    SELECT posting, person.id, here, staff_employer, staff_roles, begins, ends FROM tenants_staffperson person WHERE person.email = lower(staff_email);
    RETURN posting;
END $$;
CREATE FUNCTION public.roster_end(posting uuid, ends date)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE tenants_posting SET until_date = ends WHERE id = posting AND centre_id IS NOT DISTINCT FROM roster_centre();
    RETURN FOUND;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [
        migrations.RunSQL(SQL, "DROP FUNCTION public.roster_end, public.roster_begin, public.roster_centre"),
    ]
