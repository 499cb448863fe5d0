from django.db import migrations

SQL = """
CREATE SCHEMA IF NOT EXISTS headquarters;
CREATE TABLE headquarters.released_figure (
    centre text NOT NULL,
    centre_name text NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    indicator text NOT NULL CHECK (indicator IN
        ('new_consultations', 'plans_made', 'meetings_held', 'support_records', 'visit_accompany', 'closed_cases')),
    figure integer NOT NULL CHECK (figure >= 0),
    released_on date NOT NULL,
    released_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (centre, month, indicator)
);
CREATE FUNCTION headquarters.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = headquarters, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a release is frozen' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON headquarters.released_figure FOR EACH ROW EXECUTE FUNCTION headquarters.refuse_change();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON headquarters.released_figure FOR EACH STATEMENT EXECUTE FUNCTION headquarters.refuse_change();

-- the centre is whoever is logged in, never a parameter; `owner` is the unit tests' SET ROLE mode
CREATE FUNCTION public.released_months() RETURNS SETOF date LANGUAGE sql STABLE SECURITY DEFINER SET search_path = headquarters, pg_temp AS $$
    SELECT DISTINCT month FROM headquarters.released_figure
    WHERE 'c_' || centre = CASE WHEN session_user = 'owner' THEN current_setting('role') ELSE session_user END
$$;
CREATE FUNCTION public.release_month(for_month date, figures jsonb, on_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = headquarters, pg_temp AS $$
DECLARE
    login text := CASE WHEN session_user = 'owner' THEN current_setting('role') ELSE session_user END;
    who record;
BEGIN
    SELECT schema_name, name INTO who FROM public.tenants_centre WHERE 'c_' || schema_name = login;
    IF who IS NULL THEN
        RAISE EXCEPTION 'only a centre releases figures' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF on_day < (for_month + interval '1 month')::date THEN
        RAISE EXCEPTION 'the month is not over' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('release ' || login));
    IF EXISTS (SELECT 1 FROM headquarters.released_figure f WHERE f.centre = who.schema_name AND f.month = for_month) THEN
        RETURN false;
    END IF;
    INSERT INTO headquarters.released_figure (centre, centre_name, month, indicator, figure, released_on)
    SELECT who.schema_name, who.name, for_month, key, value::integer, on_day FROM jsonb_each_text(figures);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION public.released_months(), public.release_month(date, jsonb, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.released_months(), public.release_month(date, jsonb, date) TO centre_staff;
REVOKE ALL ON SCHEMA headquarters FROM PUBLIC;
GRANT USAGE ON SCHEMA headquarters TO hq;
GRANT SELECT ON headquarters.released_figure TO hq;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [
        migrations.RunSQL(
            SQL,
            "DROP FUNCTION public.release_month(date, jsonb, date), public.released_months(); DROP SCHEMA headquarters CASCADE",
        ),
    ]
