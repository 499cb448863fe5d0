from django.apps import AppConfig


class HeadquartersConfig(AppConfig):
    name = "headquarters"
    verbose_name = "本部"
