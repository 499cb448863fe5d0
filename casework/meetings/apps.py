from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "casework.meetings"
    verbose_name = "支援調整会議"
