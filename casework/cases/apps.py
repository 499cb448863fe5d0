from django.apps import AppConfig

CASE_PAGES = (
    *(
        f"cases:{page}"
        for page in ("list", "detail", "edit", "screen", "apply", "consent", "emergency", "outcome", "team", "record", "assess")
    ),
    "plans:",
    "collaboration:refer",
)


class CasesConfig(AppConfig):
    name = "casework.cases"
    verbose_name = "ケース"

    def ready(self) -> None:
        from casework.cases import (
            access,
            approval_card,
            blocks,
            broken_glass,
            duties,
            events,
            exports,
            field_groups,
            headings,
            leaving,
            next_steps,
            team_requests,
            timeline,
        )
        from disclosure import protection

        blocks.register()
        protection.hide_also(access.blocked_clients)
        broken_glass.register()
        team_requests.register()
        access.on_blocked_attempt.append(blocks.report_attempt)
        field_groups.register()
        exports.register()
        headings.register()
        timeline.register()
        next_steps.register()
        leaving.register()
        approval_card.register()
        register_rail()
        events.register_kinds(
            {
                "case.received": ("相談を受け付けた", "phone"),
                "case.reception_corrected": ("受付の内容を直した", "pencil"),
                "case.screened": ("スクリーニング", "split"),
                "case.applied": ("利用申込を受けた", "file-pen-line"),
                "case.consent_given": ("同意を得た", "badge-check"),
                "case.consent_withdrawn": ("同意が撤回された", "badge-x"),
                "case.assessed": ("アセスメント", "clipboard-list"),
                "case.support_recorded": ("支援の記録", "notebook-pen"),
                "case.outcome_recorded": ("就労・増収", "briefcase"),
                "case.team_joined": ("支援チームに加わった", "user-plus"),
                "case.team_left": ("支援チームから外れた", "user-minus"),
                "case.handed_over": ("主担当を引き継いだ", "arrow-right-left"),
                "case.blocked": ("閲覧させない職員を届け出た", "user-x"),
                "case.block_ended": ("閲覧させない届け出を解除した", "user-check"),
                "break_glass.begun": ("緊急閲覧が始まった", "siren"),
                "break_glass.reviewed": ("緊急閲覧を確認した", "clipboard-check"),
                "emergency_start.begun": ("会議の前に支援を始めた", "siren"),
                "emergency_start.reported": ("会議前の開始を会議に報告した", "flag"),
            }
        )
        duties.register_kinds(
            {
                "case.screening": ("スクリーニング", "cases:screen"),
                "case.consent": ("同意の確認", "cases:screen"),
                "case.application": ("利用申込", "cases:apply"),
                "case.assessment": ("アセスメント", "cases:assess"),
                "case.join_request": ("支援チームへの参加の依頼", "cases:team"),
                "case.team_changed": ("支援チームの変更を確認", "cases:team"),
                "case.received_again": ("もう一度受け付けた職員を確認", "cases:team"),
                "case.blocked_attempt": ("見られない職員が開こうとしたケース", "cases:blocks"),
                "break_glass.review": ("緊急閲覧の確認", "cases:openings"),
                "break_glass.told": ("緊急閲覧がありました", "cases:openings"),
                "break_glass.approval": ("緊急閲覧の承認", "cases:openings"),
                "emergency_start.report": ("会議前の開始を会議に報告", "cases:detail"),
            }
        )


def register_rail() -> None:
    from accounts.catalogue import Permission
    from accounts.permissions import allowed
    from casework.cases.permissions import can_receive
    from ui import rail

    rail.offer_search(lambda request: allowed(request.user, Permission.SEE_CASE_REGISTER))
    rail.register(
        rail.RailItem(order=10, label="今日", short="今日", icon="house", url_name="today", key="t", allowed=lambda request: True)
    )
    rail.register(
        rail.RailItem(
            order=20,
            label="担当ケース",
            short="ケース",
            icon="users",
            url_name="cases:list",
            key="c",
            allowed=lambda request: allowed(request.user, Permission.SEE_CASE_REGISTER),
            current_on=CASE_PAGES,
        )
    )

    item = rail.RailItem(
        order=30,
        label="電話受付",
        short="受付",
        icon="phone",
        url_name="cases:reception",
        key="u",
        allowed=lambda request: can_receive(request.user),
    )
    rail.register(item)
