from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "casework.history"
    verbose_name = "過去の記録の取り込み"

    def ready(self) -> None:
        from casework.erasures import erasures
        from casework.history import forgetting

        erasures.cleanups.append(forgetting.forget_names)
        erasures.further_erasers.append(forgetting.forget_again)
