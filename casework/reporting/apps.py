from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "casework.reporting"
    verbose_name = "報告"

    def ready(self) -> None:
        from accounts.catalogue import Permission
        from accounts.permissions import allowed
        from casework.reporting import exports
        from ui import rail

        exports.register()

        rail.register(
            rail.RailItem(
                order=50,
                label="月次報告",
                short="月次",
                icon="chart-column",
                url_name="reporting:latest",
                key="r",
                allowed=lambda request: allowed(request.user, Permission.MAKE_MONTHLY_REPORT),
                current_on=("reporting:",),
            )
        )
