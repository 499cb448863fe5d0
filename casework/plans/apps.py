from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "casework.plans"
    verbose_name = "プラン"

    def ready(self) -> None:
        from casework.cases import duties, events
        from casework.plans import case_card, exports, field_groups

        field_groups.register()
        exports.register()
        case_card.register()
        events.register_kinds(
            {
                "plan.made": ("プランを作った", "file-pen-line"),
                "plan.revised": ("プランを直した", "pencil"),
                "plan.agreed": ("本人がプランに同意した", "handshake"),
                "plan.approved": ("会議でプランが適切とされた", "circle-check"),
                "plan.to_revise": ("会議でプランの修正を求められた", "pencil-line"),
                "plan.held": ("会議でプランが保留になった", "circle-pause"),
                "plan.decided": ("自治体の支援決定・確認", "stamp"),
                "plan.monitored": ("モニタリング", "eye"),
                "plan.evaluated": ("プランを評価した", "clipboard-check"),
                "plan.withdrawn": ("プランを取り下げた", "undo-2"),
                "case.closed": ("支援を終結した", "flag"),
            }
        )
        duties.register_kinds(
            {
                "plan.make": ("プランを作る", "plans:make"),
                "plan.agreement": ("プランに本人の同意をもらう", "plans:detail"),
                "plan.revision": ("会議で求められた修正", "plans:edit"),
                "plan.meeting": ("プランを支援調整会議にかける", "plans:detail"),
                "plan.decision": ("支援決定・確認を記録する", "plans:decide"),
                "plan.monitoring": ("モニタリング", "plans:monitor"),
                "plan.evaluation": ("プランの評価", "plans:evaluate"),
                "case.closing": ("ケースの終結", "plans:close"),
            }
        )
