from django.apps import AppConfig
from django.http import HttpRequest


class OversightConfig(AppConfig):
    name = "casework.oversight"
    verbose_name = "閲覧の確認"

    def ready(self) -> None:
        from accounts.catalogue import Permission
        from accounts.permissions import allowed
        from ui.rail import RailItem, register

        def shown(request: HttpRequest) -> bool:
            return allowed(request.user, Permission.REVIEW_EVIDENCE)

        register(
            RailItem(
                order=80,
                label="閲覧の確認",
                short="確認",
                icon="eye",
                url_name="oversight:trail",
                key="v",
                allowed=shown,
                current_on=("oversight:trail",),
            )
        )
