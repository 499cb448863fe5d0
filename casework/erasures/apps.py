from django.apps import AppConfig


class ErasuresConfig(AppConfig):
    name = "casework.erasures"
    verbose_name = "消去"

    def ready(self) -> None:
        from casework.cases import cards, events
        from casework.erasures import case_card, erasures, tasks  # noqa: F401 - tasks registers its jobs

        erasures.register_kind()
        cards.register_card(cards.CaseCard(90, "erasures/case_card.html", case_card.facts))
        events.register_kinds({"client.erased": ("この方の記録を消去した", "eraser")})
