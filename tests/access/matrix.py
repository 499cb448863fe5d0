"""Who gets what at each address (architecture 4). A new route, or a new method of one, needs a row here.

What a row says of each person's answer:
200, 404 …  this status                     closed  403, the page that names the case's number and owner
go          a redirect to a page of ours    in      a redirect to sign-in

`of` is what the address's ids belong to: one case of the care team and what hangs on it (tests/worlds.py). A POST carries an
empty body, so a form that may be sent is refused with 422. A method without a row is answered 405.
For an address with ids, everybody of another centre, with her own session at her own host, meets the 404 of an unknown id; a
session of another host counts for nothing. That holds without exception, so it has no column.
"""

from typing import NamedTuple

CENTRE = """
route                    method of       team    colleague chief   clerk   admin   granted guest   anonymous

today                    GET    -        200     200       200     200     200     404     404     in
clients:search           GET    -        200     200       200     200     403     404     404     in
clients:search           POST   -        200     200       200     200     403     404     404     in
clients:similar          POST   -        200     200       200     200     403     404     404     in
clients:postcode         POST   -        200     200       200     200     200     404     404     in

cases:list               GET    -        200     200       200     200     403     404     404     in
cases:reception          GET    -        200     200       200     200     403     404     404     in
cases:reception          POST   -        422     422       422     422     403     404     404     in
cases:reception_into     POST   case     go      closed    go      closed  404     404     404     in
cases:detail             GET    case     200     closed    200     closed  404     404     404     in
cases:record             POST   case     422     closed    422     closed  404     404     404     in
cases:record_edit        GET    record   200     closed    200     closed  404     404     404     in
cases:record_edit        POST   record   422     closed    422     closed  404     404     404     in
cases:assess             GET    case     200     closed    200     closed  404     404     404     in
cases:assess             POST   case     422     closed    422     closed  404     404     404     in
cases:edit               GET    case     200     closed    200     closed  404     404     404     in
cases:edit               POST   case     422     closed    422     closed  404     404     404     in
cases:screen             GET    case     200     closed    200     closed  404     404     404     in
cases:screen             POST   case     422     closed    422     closed  404     404     404     in
cases:apply              GET    case     200     closed    200     closed  404     404     404     in
cases:apply              POST   case     422     closed    422     closed  404     404     404     in
cases:consent            GET    case     200     closed    200     closed  404     404     404     in
cases:consent            POST   case     422     closed    422     closed  404     404     404     in
cases:consent_withdraw   GET    consent  200     closed    200     closed  404     404     404     in
cases:consent_withdraw   POST   consent  422     closed    422     closed  404     404     404     in
cases:emergency          GET    case     200     closed    200     closed  404     404     404     in
cases:emergency          POST   case     422     closed    422     closed  404     404     404     in
cases:outcome            GET    case     200     closed    200     closed  404     404     404     in
cases:outcome            POST   case     422     closed    422     closed  404     404     404     in
cases:purpose            GET    case     403     closed    go      closed  404     404     404     in
cases:purpose            POST   case     403     closed    422     closed  404     404     404     in
cases:break_glass        GET    case     403      go        403     closed  404     404     404     in
cases:break_glass        POST   case     403      403       403     closed  404     404     404     in
cases:break_glass_end    POST   case     404      404       404     404     404     404     404     in
cases:openings           GET    case     200      closed    200     closed  404     404     404     in
cases:openings           POST   case     422      closed    422     closed  404     404     404     in
cases:glass_answer       POST   glass    404      404       404     404     404     404     404     in
cases:join               GET    case     403      200       200     closed  404     404     404     in
cases:join               POST   case     403      go        go      closed  404     404     404     in
cases:join_answer        POST   join     go       closed    go      closed  404     404     404     in
cases:team_seen          POST   case     go       closed    403     closed  404     404     404     in
cases:declare            GET    case     200      200       200     200     404     404     404     in
cases:declare            POST   case     422      422       422     422     404     404     404     in
cases:blocks             GET    case     403      closed    200     closed  200     404     404     in
cases:blocks             POST   case     403      closed    422     closed  403     404     404     in
cases:attempts_seen      POST   case     403      403       go      403     go      404     404     in
cases:block_end          POST   block    403      closed    go      closed  go      404     404     in
cases:team               GET    case     200     closed    200     closed  404     404     404     in
cases:team               POST   case     422     closed    422     closed  404     404     404     in
cases:team_leave         POST   outsider go      closed    go      closed  404     404     404     in

protection:case          GET    case     200     closed    200     closed  404     404     404     in
protection:set           GET    case     200     200       200     200     404     404     404     in
protection:set           POST   case     422     422       422     422     404     404     404     in
protection:place_add     POST   case     422     closed    422     closed  404     404     404     in
protection:place_remove  POST   place    go      closed    go      closed  404     404     404     in
protection:place_restore POST   known_place go      closed    go      closed  404     404     404     in
protection:party_add     POST   case     422     closed    422     closed  404     404     404     in
protection:party_end     POST   party    403     closed    go      closed  404     404     404     in
protection:open          GET    case     go      closed    go      closed  404     404     404     in
protection:open          POST   case     403     closed    403     closed  404     404     404     in
protection:end           GET    case     200     closed    200     closed  404     404     404     in
protection:end           POST   case     422     closed    422     closed  404     404     404     in
protection:end_decide    POST   ending   403     closed    403     closed  404     404     404     in
protection:both_allow    POST   both     403     closed    403     closed  404     404     404     in
protection:possible_answer POST possible 403     closed    go      closed  404     404     404     in

erasures:ask             GET    case     403     closed    go      closed  404     404     404     in
erasures:ask             POST   case     403     closed    403     closed  404     404     404     in
erasures:hold            POST   case     403     closed    403     closed  404     404     404     in
erasures:lift            POST   case     403     closed    403     closed  404     404     404     in

attachments:list         GET    case     200     closed    200     closed  404     404     404     in
attachments:list         POST   case     422     closed    422     closed  404     404     404     in
attachments:copy         GET    file     200     closed    200     closed  404     404     404     in
attachments:copy         POST   file     200     closed    200     closed  404     404     404     in
attachments:original     GET    file     go      closed    go      closed  404     404     404     in
attachments:original     POST   file     403     closed    403     closed  404     404     404     in
attachments:remove       GET    file     200     closed    200     closed  404     404     404     in
attachments:remove       POST   file     422     closed    422     closed  404     404     404     in

plans:of_case            GET    case     go      closed    go      closed  404     404     404     in
plans:make               GET    case     200     closed    200     closed  404     404     404     in
plans:make               POST   case     422     closed    422     closed  404     404     404     in
plans:close              GET    case     200     closed    200     closed  404     404     404     in
plans:close              POST   case     422     closed    422     closed  404     404     404     in
plans:detail             GET    plan     200     closed    200     closed  404     404     404     in
plans:pdf                GET    plan     200     closed    200     closed  404     404     404     in
plans:edit               GET    plan     200     closed    200     closed  404     404     404     in
plans:edit               POST   plan     422     closed    422     closed  404     404     404     in
plans:agree              GET    plan     200     closed    200     closed  404     404     404     in
plans:agree              POST   plan     422     closed    422     closed  404     404     404     in
plans:decide             GET    plan     200     closed    200     closed  404     404     404     in
plans:decide             POST   plan     422     closed    422     closed  404     404     404     in
plans:monitor            GET    plan     200     closed    200     closed  404     404     404     in
plans:monitor            POST   plan     422     closed    422     closed  404     404     404     in
plans:evaluate           GET    plan     200     closed    200     closed  404     404     404     in
plans:evaluate           POST   plan     422     closed    422     closed  404     404     404     in

meetings:list            GET    -        200     200       200     200     403     404     404     in
meetings:call            GET    -        200     200       200     403     403     404     404     in
meetings:call            POST   -        422     422       422     403     403     404     404     in
meetings:detail          GET    meeting  200     200       200     200     404     404     404     in
meetings:pdf             GET    meeting  200     200       200     200     404     404     404     in
meetings:decide          POST   meeting  422     403       422     403     404     404     404     in
meetings:hold            POST   meeting  422     403       422     403     404     404     404     in

reporting:latest         GET    -        403     403       go      go      403     404     404     in
reporting:month          GET    month    403     403       200     200     403     404     404     in
reporting:workbook       GET    month    403     403       200     200     403     404     404     in
reporting:records        GET    series   403     403       200     200     403     404     404     in

oversight:trail          GET    -        403     403       200     403     200     404     404     in
oversight:figures        GET    -        403     403       200     403     200     404     404     in
oversight:queue          GET    -        403     403       200     403     200     404     404     in
oversight:review         GET    alert    403     403       200     403     200     404     404     in
oversight:review         POST   alert    403     403       422     403     422     404     404     in
oversight:who_read       GET    case     200     closed    200     closed  404     404     404     in
oversight:who_read_ask   GET    case     go      closed    go      closed  404     404     404     in
oversight:who_read_ask   POST   case     403     closed    403     closed  404     404     404     in
oversight:who_read_paper GET    paper    go      closed    go      closed  404     404     404     in
oversight:who_read_decide GET   paper_asked 403  403       go      403     go      404     404     in
oversight:who_read_decide POST  paper_asked 403  403       403     403     403     404     404     in
oversight:declaration    GET    -        200     200       200     200     200     404     404     in
oversight:declaration    POST   -        422     422       422     422     422     404     404     in

exports:list             GET    -        200     200       200     200     200     404     404     in
exports:ask              GET    -        go      go        go      go      go      404     404     in
exports:ask              POST   -        403     403       403     403     403     404     404     in
exports:detail           GET    export   404     404       200     404     200     404     404     in
exports:file             POST   export   404     404       403     404     403     404     404     in
exports:decide           POST   export   404     404       403     404     403     404     404     in

collaboration:refer      GET    case     200     closed    200     closed  404     404     404     in
collaboration:refer      POST   case     422     closed    422     closed  404     404     404     in
collaboration:referral   GET    referral 200     closed    200     closed  404     404     404     in
collaboration:answer     POST   referral 422     closed    422     closed  404     404     404     in
collaboration:share      POST   referral 403     closed    403     closed  404     404     404     in
collaboration:share_decide GET  ended    go      closed    go      closed  404     404     404     in
collaboration:share_decide POST ended    403     closed    403     closed  404     404     404     in
collaboration:share_end  POST   ended    409     closed    409     closed  404     404     404     in
collaboration:shared     GET    -        404     404       404     404     404     200     200     in
collaboration:shared_detail GET referral 404     404       404     404     404     200     404     in

api:cases                GET    -        200     200       200     200     403     404     404     401
api:case                 GET    case     200     closed    200     closed  403     404     404     401
api:monthly_report       GET    month    403     403       200     200     403     404     404     401
api:schema               GET    -        200     200       200     200     403     404     404     401

people:members           GET    -        403     403       200     403     200     404     404     in
people:member_new        GET    -        403     403       403     403     go      404     404     in
people:member_new        POST   -        403     403       403     403     403     404     404     in
people:member            GET    member   403     403       200     403     200     404     404     in
people:member_roles      GET    member   403     403       403     403     go      404     404     in
people:member_roles      POST   member   403     403       403     403     403     404     404     in
people:member_end        GET    member   403     403       go      403     go      404     404     in
people:member_end        POST   member   403     403       403     403     403     404     404     in
people:member_stay       POST   member   403     403       403     403     403     404     404     in
people:member_invite     POST   former   403     403       403     403     403     404     404     in
people:member_reset      GET    member   403     403       403     403     go      404     404     in
people:member_reset      POST   member   403     403       403     403     403     404     404     in
people:member_transfer   GET    member   403     403       403     403     go      404     404     in
people:member_transfer   POST   member   403     403       403     403     403     404     404     in
people:guests            GET    -        200     200       200     403     200     404     404     in
people:guest_new         GET    -        200     200       200     403     200     404     404     in
people:guest_new         POST   -        422     422       422     403     422     404     404     in
people:guest             GET    entry    200     200       200     403     200     404     404     in
people:guest             POST   entry    422     422       422     403     422     404     404     in
people:guest_act         POST   entry    422     422       422     403     422     404     404     in
people:member_unlink     POST   member   403     403       403     403     403     404     404     in
people:providers         GET    -        403     403       403     403     go      404     404     in
people:providers         POST   -        403     403       403     403     403     404     404     in
people:provider_end      POST   provider 403     403       403     403     403     404     404     in
people:invitations       GET    -        403     403       403     403     200     404     404     in
people:invitation_act    POST   used     403     403       403     403     go      404     404     in
people:transfers         GET    -        403     403       403     403     200     404     404     in
people:approvals         GET    -        200     200       200     200     200     404     404     in
people:approval          GET    asked    404     404       go      404     go      404     404     in
people:approval          POST   asked    404     404       403     404     403     404     404     in
people:transfer          GET    transfer 403     403       403     403     go      404     404     in
people:transfer          POST   transfer 403     403       403     403     403     404     404     in

accounts:invitation      GET    -        200     200       200     200     200     200     200     200
accounts:invitation      POST   -        422     422       422     422     422     422     422     422
accounts:call_back       GET    -        404     404       404     404     404     go      go      in
accounts:identity_start  GET    provider in      in        in      in      in      in      in      in
accounts:identity_link   GET    provider go      go        go      go      go      404     404     in
accounts:identity_back   GET    -        200     200       200     200     200     200     200     200
accounts:identity_back   POST   -        422     422       422     422     422     422     422     422
accounts:settings        GET    -        200     200       200     200     200     200     200     in
accounts:pledge          GET    -        404     404       404     404     404     go      go      in
accounts:pledge          POST   -        404     404       404     404     404     go      go      in
accounts:tokens          GET    -        200     200       200     200     403     404     404     in
accounts:tokens          POST   -        403     403       403     403     403     404     404     in
accounts:token_revoke    POST   token    404     404       404     404     403     404     404     in
accounts:passkeys        GET    -        200     200       200     200     200     200     200     in
accounts:passkey_add     GET    -        go      go        go      go      go      go      go      in
accounts:passkey_add     POST   -        403     403       403     403     403     403     403     in
accounts:passkey_sign_in GET    -        go      go        go      go      go      go      go      200
accounts:passkey_sign_in POST   -        go      go        go      go      go      go      go      422
accounts:passkey_rename  POST   passkey  404     404       404     404     404     404     404     in
accounts:passkey_remove  POST   passkey  404     404       404     404     404     404     404     in
accounts:sessions        GET    -        200     200       200     200     200     200     200     in
accounts:session_end     POST   -        go      go        go      go      go      go      go      in
accounts:which_device    GET    -        go      go        go      go      go      go      go      in
accounts:which_device    POST   -        go      go        go      go      go      go      go      in
accounts:lock            POST   -        204     204       204     204     204     204     204     in
accounts:unlock          GET    -        go      go        go      go      go      go      go      in
accounts:unlock          POST   -        go      go        go      go      go      go      go      in
accounts:awake           POST   -        204     204       204     204     204     204     204     in
accounts:lock_rule       GET    -        403     403       403     403     200     404     404     in
accounts:lock_rule       POST   -        403     403       403     403     422     404     404     in
account_login            GET    -        go      go        go      go      go      go      go      200
account_login            POST   -        go      go        go      go      go      go      go      422
account_logout           POST   -        in      in        in      in      in      in      in      in
account_reauthenticate   GET    -        200     200       200     200     200     200     200     in
account_reauthenticate   POST   -        422     422       422     422     422     422     422     in
account_change_password  GET    -        200     200       200     200     200     200     200     in
account_change_password  POST   -        422     422       422     422     422     422     422     in
mfa_index                GET    -        200     200       200     200     200     200     200     in
mfa_authenticate         GET    -        go      go        go      go      go      go      go      in
mfa_authenticate         POST   -        go      go        go      go      go      go      go      in
mfa_activate_totp        GET    -        go      go        go      go      go      go      go      in
mfa_activate_totp        POST   -        403     403       403     403     403     403     403     in
mfa_deactivate_totp      GET    -        go      go        go      go      go      go      go      in
mfa_deactivate_totp      POST   -        403     403       403     403     403     403     403     in
mfa_view_recovery_codes  GET    -        go      go        go      go      go      go      go      in
mfa_view_recovery_codes  POST   -        403     403       403     403     403     403     403     in
"""

HEADQUARTERS = """
route                    method of       analyst training  privacy anonymous

headquarters:activity    GET    -        200     200       200     in
headquarters:reviews     GET    -        403     403       200     in

people:members           GET    -        403     403       200     in
people:member_new        GET    -        403     403       go      in
people:member_new        POST   -        403     403       403     in
people:member            GET    member   403     403       200     in
people:member_roles      GET    member   403     403       go      in
people:member_roles      POST   member   403     403       403     in
people:member_end        GET    member   403     403       go      in
people:member_end        POST   member   403     403       403     in
people:member_stay       POST   member   403     403       403     in
people:member_invite     POST   former   403     403       403     in
people:member_reset      GET    member   403     403       go      in
people:member_reset      POST   member   403     403       403     in
people:member_transfer   GET    member   403     403       go      in
people:member_transfer   POST   member   403     403       403     in
people:member_unlink     POST   member   403     403       403     in
people:providers         GET    -        403     403       go      in
people:providers         POST   -        403     403       403     in
people:provider_end      POST   provider 403     403       403     in
people:invitations       GET    -        403     403       200     in
people:invitation_act    POST   used     403     403       go      in
people:approvals         GET    -        200     200       200     in
people:approval          GET    asked    404     go        go      in
people:approval          POST   asked    404     403       403     in

accounts:invitation      GET    -        200     200       200     200
accounts:invitation      POST   -        422     422       422     422
accounts:call_back       GET    -        404     404       404     in
accounts:identity_start  GET    provider in      in        in      in
accounts:identity_link   GET    provider go      go        go      in
accounts:identity_back   GET    -        200     200       200     200
accounts:identity_back   POST   -        422     422       422     422
accounts:settings        GET    -        200     200       200     in
accounts:pledge          GET    -        404     404       404     in
accounts:pledge          POST   -        404     404       404     in
accounts:tokens          GET    -        404     404       404     in
accounts:tokens          POST   -        404     404       404     in
accounts:token_revoke    POST   token    404     404       404     in
accounts:passkeys        GET    -        200     200       200     in
accounts:passkey_add     GET    -        go      go        go      in
accounts:passkey_add     POST   -        403     403       403     in
accounts:passkey_sign_in GET    -        go      go        go      200
accounts:passkey_sign_in POST   -        go      go        go      422
accounts:passkey_rename  POST   passkey  404     404       404     in
accounts:passkey_remove  POST   passkey  404     404       404     in
accounts:sessions        GET    -        200     200       200     in
accounts:session_end     POST   -        go      go        go      in
accounts:which_device    GET    -        go      go        go      in
accounts:which_device    POST   -        go      go        go      in
accounts:lock            POST   -        204     204       204     in
accounts:unlock          GET    -        go      go        go      in
accounts:unlock          POST   -        go      go        go      in
accounts:awake           POST   -        204     204       204     in
accounts:lock_rule       GET    -        404     404       404     in
accounts:lock_rule       POST   -        404     404       404     in
account_login            GET    -        go      go        go      200
account_login            POST   -        go      go        go      422
account_logout           POST   -        in      in        in      in
account_reauthenticate   GET    -        200     200       200     in
account_reauthenticate   POST   -        422     422       422     in
account_change_password  GET    -        200     200       200     in
account_change_password  POST   -        422     422       422     in
mfa_index                GET    -        200     200       200     in
mfa_authenticate         GET    -        go      go        go      in
mfa_authenticate         POST   -        go      go        go      in
mfa_activate_totp        GET    -        go      go        go      in
mfa_activate_totp        POST   -        403     403       403     in
mfa_deactivate_totp      GET    -        go      go        go      in
mfa_deactivate_totp      POST   -        403     403       403     in
mfa_view_recovery_codes  GET    -        go      go        go      in
mfa_view_recovery_codes  POST   -        403     403       403     in
"""

ENTRANCE = """
route                    method of       anonymous

entrance                 GET    -        200
"""

GALLERY = "ui:"  # demo and tests only, shows invented people


class Row(NamedTuple):
    route: str
    method: str
    of: str
    answers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.route} {self.method}"


def rows(table: str) -> list[Row]:
    head, *lines = (line.split() for line in table.splitlines() if line.strip())
    people = head[3:]
    return [Row(route, method, "" if of == "-" else of, dict(zip(people, answers, strict=True))) for route, method, of, *answers in lines]


TABLES = {"config.urls_centre": rows(CENTRE), "config.urls_headquarters": rows(HEADQUARTERS), "config.urls_entrance": rows(ENTRANCE)}
