-- The access list of the schema public. It may run again: what is not named here is taken away.
GRANT USAGE ON SCHEMA public TO centre_staff, entrance, hq;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM centre_staff, entrance, hq;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM centre_staff, entrance, hq;

DO $$
DECLARE
    line record;
    relation text;
BEGIN
    FOR line IN SELECT * FROM (VALUES
        -- content types and permissions are one for all centres
        ('django\_content\_type', 'SELECT', 'centre_staff, hq'),
        ('auth\_%', 'SELECT', 'centre_staff, hq'),
        -- who exists, at which host, run by whom
        ('tenants\_centre', 'SELECT', 'centre_staff, entrance, hq'),
        ('tenants\_domain', 'SELECT', 'entrance, hq'),
        ('tenants\_corporation', 'SELECT', 'centre_staff, hq'),
        ('tenants\_consortiummember', 'SELECT', 'centre_staff, hq'),
        -- the roster: headquarters reads, centres write through functions
        ('tenants\_staffperson', 'SELECT', 'hq'),
        ('tenants\_posting', 'SELECT', 'hq'),
        ('tenants\_transfer', 'SELECT', 'hq'),
        -- dated lists and the directory of agencies
        ('foundation\_%', 'SELECT', 'centre_staff, entrance, hq'),
        ('directory\_%', 'SELECT', 'centre_staff, hq'),
        -- headquarters' own people, sessions and jobs; a centre has tables of these names in its own schema
        ('accounts\_%', 'SELECT, INSERT, UPDATE, DELETE', 'hq'),
        ('account\_%', 'SELECT, INSERT, UPDATE, DELETE', 'hq'),
        ('mfa\_%', 'SELECT, INSERT, UPDATE, DELETE', 'hq'),
        ('django\_session', 'SELECT, INSERT, UPDATE, DELETE', 'hq'),
        ('jobs\_%', 'SELECT, INSERT, UPDATE, DELETE', 'hq'),
        ('audit\_audit%', 'SELECT', 'hq')
    ) AS lines (pattern, rights, logins)
    LOOP
        FOR relation IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE line.pattern
        LOOP
            EXECUTE format('GRANT %s ON %s TO %s', line.rights, relation, line.logins);
        END LOOP;
    END LOOP;
END $$;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hq;

-- headquarters' trail is written by one function, as a centre's is
REVOKE ALL ON SEQUENCE public.audit_auditline_id_seq FROM hq;
GRANT USAGE, CREATE ON SCHEMA public TO audit_writer;
GRANT INSERT, SELECT (id) ON public.audit_auditline TO audit_writer;
GRANT USAGE ON SEQUENCE public.audit_auditline_id_seq TO audit_writer;
GRANT INSERT, SELECT ON public.audit_auditseal, public.audit_auditsalt, public.audit_auditday, public.audit_audithead,
    public.audit_auditdelivery TO audit_writer;
ALTER FUNCTION public.audit_append OWNER TO audit_writer;
ALTER FUNCTION public.audit_seal OWNER TO audit_writer;
ALTER FUNCTION public.audit_close_day OWNER TO audit_writer;
ALTER FUNCTION public.audit_keep_head OWNER TO audit_writer;
ALTER FUNCTION public.audit_note_delivery OWNER TO audit_writer;
GRANT EXECUTE ON FUNCTION public.audit_append TO hq, entrance;
GRANT EXECUTE ON FUNCTION public.audit_seal, public.audit_close_day, public.audit_keep_head, public.audit_note_delivery TO hq;
REVOKE CREATE ON SCHEMA public FROM audit_writer;

GRANT EXECUTE ON FUNCTION public.roster_begin, public.roster_end, public.roster_same_person, public.roster_offer_transfer,
    public.roster_withdraw_transfer, public.roster_answer_transfer, public.roster_incoming, public.roster_outgoing TO centre_staff, hq;
