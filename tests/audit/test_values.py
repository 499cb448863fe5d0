"""E7: a search through every table of evidence for what people wrote finds nothing: lines hold codes, ids and digests."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client

from audit.sealing import Sealer
from casework.cases.reception import PersonFacts
from tests.audit.trails import ALL
from tests.factories.casework import make_case, make_member
from tests.factories.people import PASSWORD, staff

CANARIES = ("かなりあ", "カナリア", "金糸雀", "kanaria", "0699990000", "06-9999-0000", "1931-02-03")


@pytest.mark.parametrize("stage", ["received", "ended"])
def test_no_table_of_the_trail_holds_a_value(centre: object, at_centre: Client, stage: str) -> None:
    member = make_member()
    person = PersonFacts("金糸雀 花子", "かなりあ はなこ", date(1931, 2, 3), "female")
    case = make_case(stage, by=member, person=person, memo="カナリアの話。06-9999-0000 に電話（見本）")
    staff(email="kanaria@example.jp", password=PASSWORD)
    at_centre.post("/accounts/login/", {"login": "kanaria@example.jp", "password": "wrong-kanaria-word"}, HTTP_USER_AGENT="kanaria/1")
    at_centre.post("/accounts/login/", {"login": "kanaria@example.jp", "password": PASSWORD}, HTTP_REFERER="https://kanaria.example.jp/")
    at_centre.force_login(member, backend="accounts.authentication.SignInBackend")
    for path, asked in (
        (f"/cases/{case.pk}/", {}),
        ("/cases/", {"q": "金糸雀"}),
        ("/clients/search/", {"q": "かなりあ"}),
        ("/kanaria/", {}),
    ):
        at_centre.get(path, asked)
    Sealer().run()
    with connection.cursor() as cursor:
        for table in ALL:
            cursor.execute(f"SELECT coalesce(json_agg(t)::text, '') FROM {table} t")
            text = cursor.fetchone()[0]
            assert [canary for canary in CANARIES if canary in text] == [], table
        cursor.execute("SELECT count(*) FROM audit_auditline WHERE facts ? 'email_digest' OR facts ? 'term'")
        assert cursor.fetchone()[0] >= 1
