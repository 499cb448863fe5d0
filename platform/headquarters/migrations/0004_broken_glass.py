"""Headquarters learns how often glass was broken at a centre within thirty days, beside how many reviews are late."""

from django.db import migrations, models

REPORT = """
CREATE FUNCTION public.report_overdue_reviews({parameters}on_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = headquarters, pg_temp AS $$
DECLARE
    login text := CASE WHEN session_user = 'owner' THEN current_setting('role') ELSE session_user END;
    who record;
BEGIN
    SELECT schema_name, name INTO who FROM public.tenants_centre WHERE 'c_' || schema_name = login;
    IF who IS NULL THEN
        RAISE EXCEPTION 'only a centre reports its reviews' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO headquarters.overdue_review AS kept (centre, centre_name, {columns}counted_on)
    VALUES (who.schema_name, who.name, {values})
    ON CONFLICT (centre) DO UPDATE SET centre_name = excluded.centre_name, {updates}counted_on = excluded.counted_on;
END $$;
REVOKE ALL ON FUNCTION public.report_overdue_reviews({types}date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.report_overdue_reviews({types}date) TO centre_staff;
"""


def report(*counts: str) -> str:
    """The function that takes these counts, and the centre from whoever is logged in."""
    return REPORT.format(
        parameters="".join(f"{name} integer, " for name in counts),
        columns="".join(f"{name}, " for name in counts),
        values=", ".join(f"${number}" for number in range(1, len(counts) + 2)),
        updates="".join(f"{name} = excluded.{name}, " for name in counts),
        types="integer, " * len(counts),
    )


FORWARD = f"""
ALTER TABLE headquarters.overdue_review ADD COLUMN broken_glass integer NOT NULL DEFAULT 0 CHECK (broken_glass >= 0);
DROP FUNCTION public.report_overdue_reviews(integer, integer, date);
{report("overdue", "nobodys", "broken_glass")}
"""
BACK = f"""
DROP FUNCTION public.report_overdue_reviews(integer, integer, integer, date);
{report("overdue", "nobodys")}
ALTER TABLE headquarters.overdue_review DROP COLUMN broken_glass;
"""


class Migration(migrations.Migration):
    dependencies = [("headquarters", "0003_overdue_reviews")]

    operations = [
        migrations.RunSQL(FORWARD, BACK),
        migrations.AddField("overduereviews", "broken_glass", models.PositiveIntegerField(default=0)),
    ]
