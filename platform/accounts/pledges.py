"""The pledge of confidentiality a partner agency's person signs before she sees anything."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Account, GuestEntry
from audit import trail
from foundation import clock
from foundation.errors import RuleViolation, WrongState

VERSION = "2026-04"
ARTICLES = (
    "共有された情報は、本人の支援のためだけに使います。",
    "共有された情報を、同じ機関の担当外の人、家族、知人を含め、ほかの人に話したり見せたりしません。",
    "画面を撮影したり、内容を書き写して持ち出したりしません。記録が必要なときは、共有した担当者に相談します。",
    "自分のメールアドレスとパスワードをほかの人に使わせません。担当を離れるときは、すぐに知らせます。",
    "情報がもれた、またはもれたかもしれないと気づいたときは、すぐに共有した担当者へ知らせます。",
    "この誓約は、共有の期限が過ぎたあとも、機関を離れたあとも続きます。",
)


def is_signed(entry: GuestEntry) -> bool:
    """A pledge to an earlier text does not count."""
    return entry.pledged_at is not None and entry.pledge_version == VERSION


@transaction.atomic
def sign_pledge(entry: GuestEntry, *, typed_name: str, version: str, by: Account) -> GuestEntry:
    """Keep which text was signed, under which typed name and when.

    Raises PermissionDenied for anybody but the guest herself, RuleViolation `name_differs` or `text_changed`,
    WrongState `already_signed`.
    """
    entry = GuestEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if entry.account_id != by.pk or by.guest_entry is None or by.guest_entry.pk != entry.pk:
        raise PermissionDenied
    if is_signed(entry):
        raise WrongState("この誓約書には、すでに署名しています。", code="already_signed")
    if version != VERSION:
        raise RuleViolation("誓約書の内容が新しくなりました。もう一度お読みください。", code="text_changed")
    if "".join(typed_name.split()) != "".join(by.name.split()):
        raise RuleViolation("登録されている氏名と同じ氏名を入力してください。", code="name_differs", field="typed_name")

    entry.pledged_at, entry.pledge_version, entry.pledge_name = clock.now(), VERSION, typed_name.strip()
    entry.save(update_fields=["pledged_at", "pledge_version", "pledge_name"])
    trail.record("guest.pledged", by=by, about=entry, version=VERSION)
    by.forget_standing()
    return entry
