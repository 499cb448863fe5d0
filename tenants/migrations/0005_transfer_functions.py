from django.db import migrations

# Either side is whoever is logged in; the receiving side learns what it needs to prepare and nothing else of the roster.
SQL = """
CREATE FUNCTION public.roster_offer_transfer(leaving uuid, target uuid, new_roles jsonb, starts date)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    here uuid := roster_centre();
    offer uuid := gen_random_uuid();
BEGIN
    INSERT INTO tenants_transfer (id, posting_id, to_centre_id, roles, "on", state, offered_at)
    SELECT offer, posting.id, target, new_roles, starts, 'offered', now() FROM tenants_posting posting
    WHERE posting.id = leaving AND posting.centre_id IS NOT DISTINCT FROM here AND target IS DISTINCT FROM here;
    RETURN CASE WHEN FOUND THEN offer END;
END $$;
CREATE FUNCTION public.roster_withdraw_transfer(leaving uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE tenants_transfer transfer SET state = 'withdrawn', answered_at = now() FROM tenants_posting posting
    WHERE posting.id = transfer.posting_id AND posting.id = leaving AND transfer.state = 'offered'
        AND posting.centre_id IS NOT DISTINCT FROM roster_centre();
    RETURN FOUND;
END $$;
CREATE FUNCTION public.roster_answer_transfer(offer uuid, accepted boolean)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE tenants_transfer SET state = CASE WHEN accepted THEN 'accepted' ELSE 'declined' END, answered_at = now()
    WHERE id = offer AND state = 'offered' AND to_centre_id = roster_centre();
    RETURN FOUND;
END $$;
CREATE FUNCTION public.roster_incoming()
RETURNS TABLE (id uuid, name text, email text, roles jsonb, starts date, origin text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT transfer.id, person.name, person.email, transfer.roles, transfer."on", coalesce(centre.name, '本部')
    FROM tenants_transfer transfer JOIN tenants_posting posting ON posting.id = transfer.posting_id
        JOIN tenants_staffperson person ON person.id = posting.person_id LEFT JOIN tenants_centre centre ON centre.id = posting.centre_id
    WHERE transfer.state = 'offered' AND transfer.to_centre_id = roster_centre() ORDER BY transfer."on", transfer.id LIMIT 200
$$;
CREATE FUNCTION public.roster_outgoing(leaving uuid)
RETURNS TABLE (id uuid, posting uuid, target text, starts date, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT transfer.id, transfer.posting_id, centre.name, transfer."on", transfer.state
    FROM tenants_transfer transfer JOIN tenants_posting posting ON posting.id = transfer.posting_id
        JOIN tenants_centre centre ON centre.id = transfer.to_centre_id
    WHERE transfer.posting_id = leaving AND posting.centre_id IS NOT DISTINCT FROM roster_centre() ORDER BY transfer.offered_at DESC LIMIT 20
$$;
"""
UNDO = (
    "DROP FUNCTION public.roster_outgoing, public.roster_incoming, public.roster_answer_transfer, "
    "public.roster_withdraw_transfer, public.roster_offer_transfer"
)


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_transfers")]
    operations = [migrations.RunSQL(SQL, UNDO)]
