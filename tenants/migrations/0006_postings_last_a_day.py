from django.db import migrations

# Roles changed yesterday and a last day a week ago: the posting begun with the new roles lasts one day, and nobody is kept from ending the work.
SQL = """
CREATE OR REPLACE FUNCTION public.roster_end(posting uuid, ends date)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE tenants_posting SET until_date = CASE WHEN ends < from_date THEN from_date ELSE ends END
    WHERE id = posting AND centre_id IS NOT DISTINCT FROM roster_centre();
    RETURN FOUND;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_transfer_functions")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
