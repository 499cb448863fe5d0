"""What the web's login may do with keys: make them and destroy them, never replace one. Replacing is the owner's.

A trigger holds what column rights cannot say: who is not the owner changes a key only by destroying it and takes away only a
key that was made just now; and nobody brings a destroyed one back.
"""

from django.db import migrations

STATEMENTS = """
CREATE FUNCTION vault_only_destroys() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    owns boolean := pg_has_role(current_user, 'keys_owner', 'MEMBER');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.wrapped IS NOT NULL AND (OLD.wrapped IS NULL OR NOT owns) THEN
            RAISE EXCEPTION 'a key is replaced by the owner of the keys, and a destroyed one by nobody';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT owns AND (OLD.wrapped IS NULL OR OLD.made_at < now() - interval '3 days') THEN
        RAISE EXCEPTION 'only a key that was made just now is taken away';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER only_destroys BEFORE UPDATE OR DELETE ON vault_clientkey FOR EACH ROW EXECUTE FUNCTION vault_only_destroys();
CREATE TRIGGER only_destroys BEFORE UPDATE OR DELETE ON vault_centrekey FOR EACH ROW EXECUTE FUNCTION vault_only_destroys();
GRANT USAGE ON SCHEMA public TO keys;
GRANT SELECT ON django_migrations TO keys;
GRANT SELECT, INSERT ON vault_centrekey TO keys;
GRANT SELECT, INSERT, DELETE, UPDATE (wrapped, destroyed_at) ON vault_clientkey TO keys;
GRANT SELECT, INSERT ON vault_erasure TO keys;
"""
BACK = """
DROP TRIGGER only_destroys ON vault_clientkey;
DROP TRIGGER only_destroys ON vault_centrekey;
DROP FUNCTION vault_only_destroys();
"""


class Migration(migrations.Migration):
    dependencies = [("vault", "0002_rotation")]

    operations = [migrations.RunSQL(STATEMENTS, BACK)]
