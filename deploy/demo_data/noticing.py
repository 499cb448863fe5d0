"""What the demo's trail has for a reviewer to find: a counsellor who looks for her own name, one who tries doors, a late review."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.models import Account
from audit import reading
from casework.cases.access import CaseClosedToYou, find_case
from casework.cases.models import Case
from casework.clients.models import Client
from casework.clients.search import find_clients
from casework.oversight.alerts import raise_alert, review_alert
from casework.oversight.declarations import declare
from casework.oversight.models import AccessAlert, AlertKind, Decision
from casework.oversight.rules import Finding
from casework.oversight.watching import watch
from deploy.demo_data.sign_ins import Centre
from disclosure import gate

TRIED = 6


def look_odd(centre: Centre, *, as_of: date) -> None:
    """After the centre's past is committed: reading leaves lines of its own, which no transaction may take back."""
    people = {
        account.email.partition("@")[0]: account for account in Account.objects.filter(email__endswith=f"@{centre.schema}.example.jp")
    }
    curious, prober, chief, admin = (people[name] for name in ("tanto", "shien", "chief", "kanri"))
    declare(curious, surnames=["夕凪"], people=["夕凪 例子"], address="見本町3丁目2番（見本）", today=as_of, version=None)
    find_clients(curious, curious.name)  # her own name, then a relative's
    find_clients(curious, "夕凪")
    _read_own_clients(curious)
    _try_doors(prober)
    find_clients(chief, chief.name)
    watch(now=timezone.now())
    _leave_one_late(curious, as_of)
    _decide_one(prober, chief)
    watch(now=timezone.now())  # so that headquarters' count is of today
    assert AccessAlert.objects.filter(actor=chief, assigned_to=admin).exists()


def _read_own_clients(account: Account) -> None:
    clients = Client.objects.filter(cases__owner=account).distinct().order_by("created_at", "pk")[:40]
    gate.reveal(list(clients), viewer=account, channel="screen", fields=("name", "kana"))


def _try_doors(account: Account) -> None:
    known = Case.objects.seen_by(account).exclude(pk__in=Case.objects.worked_on_by(account))  # who is protected is nobody to her
    for case in known.order_by("-received_on", "-sequence")[:TRIED]:
        try:
            find_case(account, case.pk)
        except CaseClosedToYou:
            continue


def _leave_one_late(account: Account, as_of: date) -> None:
    """Red on 今日: the day by which it was to be looked at has passed."""
    day = as_of - timedelta(days=14)
    lines = list(reading.lines(actor=account.pk, verdict="read")[:5])
    subjects = list(dict.fromkeys(person for line in lines for person in line.subjects))[:5]
    finding = Finding(AlertKind.NIGHT, account.pk, str(day), day, [line.id for line in lines], subjects, len(lines))
    raise_alert(finding, today=day)


def _decide_one(actor: Account, by: Account) -> None:
    alert = AccessAlert.objects.filter(actor=actor, kind=AlertKind.REFUSALS, assigned_to=by).first()
    if alert is not None:
        words = "引き継ぎの一覧を作るつもりで、番号を続けて押してしまったとのこと。本人に確かめた（見本）"
        review_alert(alert, decision=Decision.EXPLAINED, words=words, by=by)
