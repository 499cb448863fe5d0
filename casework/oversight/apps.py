from django.apps import AppConfig
from django.http import HttpRequest
from django.urls import reverse


class OversightConfig(AppConfig):
    name = "casework.oversight"
    verbose_name = "閲覧の確認"

    def ready(self) -> None:
        from accounts import settings_links
        from accounts.catalogue import CENTRE_ROLES, Permission
        from accounts.permissions import allowed
        from casework.cases import headings
        from casework.clients import search
        from casework.oversight import alerts, declarations, today_card, who_read
        from casework.oversight.declarations import KIN
        from casework.oversight.watching import watch_search
        from disclosure.registrations import let_rule_open_whereabouts
        from ui.rail import RailItem, register

        let_rule_open_whereabouts(KIN)  # compares blocks of addresses with those that staff declared; nothing of it is shown
        alerts.register()
        declarations.register()
        who_read.register()
        headings.register_tab(
            headings.CaseTab(90, "だれが見たか", lambda case: reverse("oversight:who_read", args=[case]), ("oversight:who_read",))
        )
        search.after_search.append(watch_search)

        today_card.register()

        def is_staff(request: HttpRequest) -> bool:
            return not CENTRE_ROLES.isdisjoint(getattr(request.user, "roles", ()))

        settings_links.register(settings_links.SettingsLink(50, "自己申告", "家族の姓や住所を申告する", "oversight:declaration", is_staff))

        def shown(request: HttpRequest) -> bool:
            return allowed(request.user, Permission.REVIEW_EVIDENCE)

        register(
            RailItem(
                order=80,
                label="閲覧の確認",
                short="確認",
                icon="eye",
                url_name="oversight:queue",
                key="v",
                allowed=shown,
                current_on=("oversight:trail", "oversight:queue", "oversight:review", "oversight:figures"),
            )
        )
