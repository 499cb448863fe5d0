"""Headquarters learns how many reviews of reading are late at a centre, and nothing else about them."""

from django.db import migrations, models

SQL = """
CREATE TABLE headquarters.overdue_review (
    centre text PRIMARY KEY,
    centre_name text NOT NULL,
    overdue integer NOT NULL CHECK (overdue >= 0),
    nobodys integer NOT NULL CHECK (nobodys >= 0),
    counted_on date NOT NULL
);
-- the centre is whoever is logged in, never a parameter; `owner` is the unit tests' SET ROLE mode
CREATE FUNCTION public.report_overdue_reviews(overdue integer, nobodys integer, on_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = headquarters, pg_temp AS $$
DECLARE
    login text := CASE WHEN session_user = 'owner' THEN current_setting('role') ELSE session_user END;
    who record;
BEGIN
    SELECT schema_name, name INTO who FROM public.tenants_centre WHERE 'c_' || schema_name = login;
    IF who IS NULL THEN
        RAISE EXCEPTION 'only a centre reports its reviews' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO headquarters.overdue_review AS kept (centre, centre_name, overdue, nobodys, counted_on)
    VALUES (who.schema_name, who.name, $1, $2, $3)
    ON CONFLICT (centre) DO UPDATE SET centre_name = excluded.centre_name, overdue = excluded.overdue, nobodys = excluded.nobodys,
        counted_on = excluded.counted_on;
END $$;
REVOKE ALL ON FUNCTION public.report_overdue_reviews(integer, integer, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.report_overdue_reviews(integer, integer, date) TO centre_staff;
GRANT SELECT ON headquarters.overdue_review TO hq;
"""


class Migration(migrations.Migration):
    dependencies = [("headquarters", "0002_released_figure_model")]

    operations = [
        migrations.RunSQL(
            SQL, "DROP FUNCTION public.report_overdue_reviews(integer, integer, date); DROP TABLE headquarters.overdue_review"
        ),
        migrations.CreateModel(
            name="OverdueReviews",
            fields=[
                ("centre", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("centre_name", models.CharField(max_length=100)),
                ("overdue", models.PositiveIntegerField()),
                ("nobodys", models.PositiveIntegerField()),
                ("counted_on", models.DateField()),
            ],
            options={"verbose_name": "遅れている閲覧の確認", "db_table": 'headquarters"."overdue_review', "managed": False},
        ),
    ]
