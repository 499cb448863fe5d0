"""The pages of 閲覧の確認, as tabs over each of them."""

from django.urls import reverse

from ui.parts import Tab

PAGES = (("oversight:queue", "確認する"), ("oversight:trail", "証跡を読む"), ("oversight:figures", "図で見る"))


def tabs_at(view_name: str) -> list[Tab]:
    return [Tab(label, reverse(name), name == view_name) for name, label in PAGES]
