from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    name = "casework.protection"
    verbose_name = "保護"

    def ready(self) -> None:
        from casework.protection import registering

        registering.register()
