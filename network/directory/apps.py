from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "network.directory"
    verbose_name = "関係機関"
