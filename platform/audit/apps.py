from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "証跡"

    def ready(self) -> None:
        autodiscover_modules("sentences")
