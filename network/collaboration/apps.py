from django.apps import AppConfig


class CollaborationConfig(AppConfig):
    name = "network.collaboration"
    verbose_name = "連携"
