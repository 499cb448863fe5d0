from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "casework.history"
    verbose_name = "過去の記録の取り込み"
