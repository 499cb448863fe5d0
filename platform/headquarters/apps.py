from django.apps import AppConfig


class HeadquartersConfig(AppConfig):
    name = "headquarters"
    verbose_name = "本部"

    def ready(self) -> None:
        from accounts.catalogue import Permission
        from accounts.permissions import allowed
        from ui import rail

        rail.register(
            rail.RailItem(
                order=10,
                label="活動の合計",
                short="合計",
                icon="chart-column",
                url_name="headquarters:activity",
                key="t",
                allowed=lambda request: allowed(request.user, Permission.VIEW_HEADQUARTERS_FIGURES),
            )
        )
        rail.register(
            rail.RailItem(
                order=60,
                label="閲覧の確認",
                short="確認",
                icon="eye",
                url_name="headquarters:reviews",
                key="v",
                allowed=lambda request: allowed(request.user, Permission.SEE_OVERDUE_REVIEWS),
            )
        )
