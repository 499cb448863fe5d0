from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "casework.clients"
    verbose_name = "相談者"
