-- Before anything else: the schemas, and no function that everybody may call without being named.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS tmpl_zz9;
