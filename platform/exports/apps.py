from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "exports"
    verbose_name = "書き出し"

    def ready(self) -> None:
        from exports import exports

        exports.register_approval()
