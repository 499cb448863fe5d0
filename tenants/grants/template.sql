-- The access list of a centre's schema: given to the template and, with the name replaced, to every centre. It may run again.
GRANT USAGE ON SCHEMA tmpl_zz9 TO c_tmpl_zz9;
GRANT USAGE, CREATE ON SCHEMA tmpl_zz9 TO audit_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tmpl_zz9 TO c_tmpl_zz9;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA tmpl_zz9 TO c_tmpl_zz9;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tmpl_zz9 TO c_tmpl_zz9;
ALTER DEFAULT PRIVILEGES IN SCHEMA tmpl_zz9 GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO c_tmpl_zz9;
ALTER DEFAULT PRIVILEGES IN SCHEMA tmpl_zz9 GRANT USAGE ON SEQUENCES TO c_tmpl_zz9;
ALTER DEFAULT PRIVILEGES IN SCHEMA tmpl_zz9 GRANT EXECUTE ON FUNCTIONS TO c_tmpl_zz9;
REVOKE ALL ON tmpl_zz9.django_migrations FROM c_tmpl_zz9;

-- the trail is read by its centre and written by one function
REVOKE INSERT, UPDATE, DELETE ON tmpl_zz9.audit_auditline FROM c_tmpl_zz9;
REVOKE ALL ON SEQUENCE tmpl_zz9.audit_auditline_id_seq FROM c_tmpl_zz9;
GRANT INSERT, SELECT (id) ON tmpl_zz9.audit_auditline TO audit_writer;
GRANT USAGE ON SEQUENCE tmpl_zz9.audit_auditline_id_seq TO audit_writer;
ALTER FUNCTION tmpl_zz9.audit_append OWNER TO audit_writer;

-- seals, too, are read by the centre and come by functions alone
REVOKE INSERT, UPDATE, DELETE ON tmpl_zz9.audit_auditseal, tmpl_zz9.audit_auditsalt, tmpl_zz9.audit_auditday, tmpl_zz9.audit_audithead,
    tmpl_zz9.audit_auditdelivery FROM c_tmpl_zz9;
GRANT INSERT, SELECT ON tmpl_zz9.audit_auditseal, tmpl_zz9.audit_auditsalt, tmpl_zz9.audit_auditday, tmpl_zz9.audit_audithead,
    tmpl_zz9.audit_auditdelivery TO audit_writer;
ALTER FUNCTION tmpl_zz9.audit_seal OWNER TO audit_writer;
ALTER FUNCTION tmpl_zz9.audit_close_day OWNER TO audit_writer;
ALTER FUNCTION tmpl_zz9.audit_keep_head OWNER TO audit_writer;
ALTER FUNCTION tmpl_zz9.audit_note_delivery OWNER TO audit_writer;

REVOKE CREATE ON SCHEMA tmpl_zz9 FROM audit_writer;
