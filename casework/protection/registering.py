"""What this slice tells the layers below: whom to hide and what to cover, and how its lines, duties and pages are called."""

from collections.abc import Collection
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts import approvals, notices
from accounts.models import Approval
from casework.cases.models import Case
from casework.protection.models import BothSides, ProtectionEnding
from disclosure.opened import Opened


def register() -> None:
    from casework.cases import duties, events, headings
    from casework.protection import endings, field_groups, newcomers, parties, shareable, visibility, whereabouts
    from casework.protection.protections import ENDING
    from disclosure import protection, registrations

    protection.register(
        protection.Protector(
            hidden_from=visibility.hidden_from,
            standing=visibility.standing,
            places=whereabouts.places,
            finder=lambda opened: whereabouts.whereabouts_in(opened).is_named_in,
        )
    )
    field_groups.register()
    registrations.let_rule_open_whereabouts(shareable.RULE)
    registrations.let_rule_open_whereabouts(newcomers.RULE)
    headings.register_tab(headings.CaseTab(75, "保護", lambda case: reverse("protection:case", args=[case]), ("protection:",)))
    headings.register_notice(_notice)
    events.register_kinds(
        {
            "protection.begun": ("保護を設定した", "shield"),
            "protection.ended": ("保護を終えた", "shield-off"),
        }
    )
    duties.register_kinds(
        {
            "protection.review": ("保護の期限の確認", "protection:case"),
            "protection.end_decision": ("保護を終える依頼の確認", "protection:case"),
            "protection.both_sides": ("両方の担当になる職員の確認", "protection:case"),
            newcomers.DUTY: ("相手かもしれない人の確認", "protection:case"),
        }
    )
    notices.register(
        "protection_possible_party", "保護について、すぐに確かめることがあります", "サインインして、今日のページで確認してください。"
    )
    approvals.register(
        ENDING,
        approvals.Kind("保護を終える", endings.may_decide, endings.approved, _page_of_ending, _about_endings, settled=endings.settled),
    )
    approvals.register(
        parties.BOTH_SIDES, approvals.Kind("両方のケースを担当する", parties.may_allow_both, parties.allow_both, _page_of_both)
    )


def _notice(case: Case, client: Opened) -> SafeString | None:
    return render_to_string("protection/notice.html", {"case": case}) if client.is_protected else None


def _page_of_ending(approval: Approval) -> str:
    return _page(ProtectionEnding.objects.values_list("client_id", flat=True).get(pk=approval.about_id))


def _about_endings(endings: Collection[UUID]) -> dict[UUID, str]:
    return dict(ProtectionEnding.objects.filter(pk__in=endings).values_list("pk", Case.objects.newest_number()))


def _page_of_both(approval: Approval) -> str:
    return _page(BothSides.objects.values_list("party__client_id", flat=True).get(pk=approval.about_id))


def _page(client: UUID) -> str:
    from casework.protection.endings import newest_case

    return reverse("protection:case", args=[newest_case(client).pk])
