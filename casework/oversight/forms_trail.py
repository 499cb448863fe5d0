"""What narrows the trail; everything lives in the address. A case is named by its number, never by a name."""

import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

from accounts.models import Account
from casework.cases.models import Case
from casework.clients.models import RelatedPerson
from casework.oversight.naming import hidden_from
from disclosure.channels import Channel
from ui.forms import TsunagiForm, WarekiDateField

VERDICTS = [("read", "見た・探した"), ("write", "書いた・変えた"), ("refused", "断られた"), ("event", "サインインなど")]
CHANNELS = [
    (Channel.SCREEN.value, "画面"),
    (Channel.FRAGMENT.value, "画面の一部"),
    (Channel.PDF.value, "PDF"),
    (Channel.XLSX.value, "表計算のファイル"),
    (Channel.CSV.value, "CSVファイル"),
    (Channel.FILE.value, "預かったファイル"),
    (Channel.PRINT.value, "印刷"),
    (Channel.JSON.value, "プログラム（API）"),
    (Channel.EMAIL.value, "メール"),
    (Channel.COMMAND.value, "コマンド"),
    (Channel.JOB.value, "自動の処理"),
]
SPAN = timedelta(days=30)
WORDS = ("actor", "case", "verdict", "channel", "since", "until")


class TrailFilter(TsunagiForm):
    actor = forms.ChoiceField(label="だれが", required=False)
    case = forms.CharField(label="どのケースを", required=False, max_length=20, help_text="ケース番号（例 R8-0012）")
    verdict = forms.ChoiceField(label="何をした", required=False, choices=[("", "すべて"), *VERDICTS])
    channel = forms.ChoiceField(label="どうやって", required=False, choices=[("", "すべて"), *CHANNELS])
    since = WarekiDateField(label="いつから", sense="past", required=False)
    until = WarekiDateField(label="いつまで", sense="past", required=False)

    def __init__(self, *args: Any, viewer: Account, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        actor = self.fields["actor"]
        assert isinstance(actor, forms.ChoiceField)
        actor.choices = [("", "すべて"), *((str(account.pk), account.name) for account in Account.objects.order_by("name", "pk"))]

    @property
    def chosen(self) -> dict[str, Any]:  # Any: words, days
        """What is narrowed by; a field that cannot be read narrows nothing and says so."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in WORDS if self.cleaned_data.get(name)}

    @property
    def period(self) -> tuple[date, date]:
        """The days shown: those asked for, or the last thirty by the trail's own clock."""
        chosen = self.chosen
        until = chosen.get("until") or timezone.localdate()
        return chosen.get("since") or until - SPAN, until

    def question(self) -> dict[str, Any]:  # Any: what `reading.lines` is asked
        """An unknown number and one that this viewer may not see ask for nobody's lines alike."""
        chosen, (first, last) = self.chosen, self.period
        asked: dict[str, Any] = {name: chosen[name] for name in ("verdict", "channel") if name in chosen}
        if "actor" in chosen:
            asked["actor"] = UUID(chosen["actor"])
        if "case" in chosen:
            asked["subjects"] = people_of_case(self.viewer, chosen["case"])
        return asked | {"since": start_of(first), "before": start_of(last + timedelta(days=1))}


def people_of_case(viewer: Account, number: str) -> list[UUID]:
    """The client of the case and whoever is related to her; nobody where not even the number may be shown."""
    case = Case.objects.filter(number=unicodedata.normalize("NFKC", number).strip().upper()).only("client_id").first()
    if case is None:
        return []
    if hidden_from(viewer, [case.client_id]):
        return []
    return [case.client_id, *RelatedPerson.objects.filter(client=case.client_id).order_by("pk").values_list("pk", flat=True)]


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
