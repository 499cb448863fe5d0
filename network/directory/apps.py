from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "network.directory"
    verbose_name = "関係機関"

    def ready(self) -> None:
        from accounts import partners
        from network.directory import agencies

        partners.known_by(agencies.partners)
