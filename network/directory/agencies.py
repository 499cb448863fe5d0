"""Which partner organisations stand in the directory."""

import re

from django.db import transaction

from accounts.partners import Partner
from foundation import clock, codes
from foundation.errors import RuleViolation
from network.directory.models import Agency

DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


@transaction.atomic
def add_agency(*, name: str, kind: str, kana: str = "", phone: str = "", address: str = "", mail_domain: str = "") -> Agency:
    """Enter an organisation; the same name again brings its entry up to date instead of making a second one.

    Raises RuleViolation `name_missing`, `unknown_code` or `bad_domain`.
    """
    name, mail_domain = name.strip(), mail_domain.strip().lower()
    if not name:
        raise RuleViolation("関係機関の名前を入力してください。", code="name_missing", field="name")
    codes.check("partner_kind", kind, on=clock.today(), field="kind")
    if mail_domain and not DOMAIN.fullmatch(mail_domain):
        raise RuleViolation("メールのドメインは example.jp のように入力してください。", code="bad_domain", field="mail_domain")
    facts = {"kana": kana.strip(), "kind": kind, "phone": phone.strip(), "address": address.strip(), "mail_domain": mail_domain}
    agency, _ = Agency.objects.update_or_create(name=name, active=True, defaults=facts)
    return agency


def partners() -> list[Partner]:
    """Those whose people may be guests: what is no longer used is not offered."""
    rows = Agency.objects.filter(active=True).values_list("id", "name", "phone", "mail_domain")
    return [Partner(*row) for row in rows]
