"""The gallery: every component in every state, without any data of anybody."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from foundation import clock
from ui import charts
from ui.forms import (
    Checks,
    ChipsField,
    Chosen,
    KanaField,
    MainChipsField,
    PhoneField,
    RadioChips,
    Radios,
    TsunagiForm,
    WarekiDateField,
)
from ui.parts import Badge, Stage, Tab

CONCERNS = [("rent", "家賃・住まい"), ("work", "仕事がない"), ("health", "病気・けが"), ("debt", "借金"), ("food", "食べるものがない")]
CHANNELS = [("phone", "電話"), ("visit", "来所"), ("home", "訪問"), ("escort", "同行")]
CONSULTED = [
    ("みなと", "4月", 12),
    ("みなと", "5月", 9),
    ("みなと", "6月", 15),
    ("いそじ", "4月", 8),
    ("いそじ", "5月", 11),
    ("いそじ", "6月", 7),
]


class SampleForm(TsunagiForm):
    mark_optional = True
    memo = forms.CharField(label="聞いたまま", widget=forms.Textarea, help_text="ここだけで登録できます。")
    name = forms.CharField(label="氏名", required=False)
    kana = KanaField(label="ふりがな", follows="name")
    phone = PhoneField(label="電話番号")
    born_on = WarekiDateField(label="生年月日", sense="birthday", required=False, help_text="例：S49.5.3")
    next_on = WarekiDateField(label="次に連絡する日", sense="future", required=False)
    minutes = forms.IntegerField(label="かかった時間（分）", required=False, min_value=0)
    route = forms.ChoiceField(
        label="つながった経路", required=False, choices=[("", "選んでください"), ("self", "本人から"), ("city", "区役所から")]
    )
    caller = forms.ChoiceField(
        label="話した人", required=False, widget=Radios, choices=[("self", "本人"), ("family", "家族"), ("agency", "関係機関")]
    )
    channel = forms.ChoiceField(label="方法", required=False, widget=RadioChips, choices=CHANNELS)
    concerns = MainChipsField(label="困りごと", required=False, choices=CONCERNS, help_text="あてはまるものをすべて。◎は主なもの。")
    wishes = ChipsField(label="希望すること", required=False, choices=CONCERNS[:3])
    strengths = forms.MultipleChoiceField(
        label="強み", required=False, widget=Checks, choices=[("skill", "資格がある"), ("family", "家族の助けがある")]
    )
    safe_to_call = forms.BooleanField(label="この番号にかけてよい", required=False)
    quiet_id = forms.CharField(widget=forms.HiddenInput, required=False)


class FilterForm(TsunagiForm):
    stage = forms.ChoiceField(label="段階", required=False, choices=[("", "すべて"), ("plan", "プラン策定"), ("support", "支援中")])
    word = forms.CharField(label="受付番号", required=False)


FILLED = {
    "concerns": Chosen(("rent", "work"), "rent"),
    "born_on": date(1974, 5, 3),
    "name": "港 太郎",
    "kana": "みなと たろう",
    "phone": "09000001234",
}
REFUSED = {
    "memo": "",
    "born_on": "49.5.3",
    "phone": "06-65",
    "kana": "港",
    "next_on": "らいねん",
    "minutes": "-1",
    "route": "sea",
    "channel": "boat",
}


def gallery(request: HttpRequest) -> HttpResponse:
    page = Paginator(range(120), 50).page(2)
    context = {
        "sample": SampleForm(initial=FILLED, prefix="filled"),
        "form": SampleForm(REFUSED, auto_id="refused_%s") if "refused" in request.GET else SampleForm(auto_id="empty_%s"),
        "filter": FilterForm(request.GET if request.GET.get("stage") else {"stage": "plan"}, auto_id="filter_%s"),
        "page": page,
        "pieces": pieces(),
        "figures": figures(),
    }
    return render(request, "ui/gallery.html", context, status=422 if "refused" in request.GET else 200)


def pieces() -> dict[str, Any]:
    """Made-up facts for the components about a case."""
    today = clock.today()
    at = datetime.combine(today, time(10, 5), timezone.get_current_timezone())
    return {
        "at": at,
        "last_year": today - timedelta(days=400),
        "late": today - timedelta(days=1),
        "soon": today + timedelta(days=2),
        "later": today + timedelta(days=20),
        "badges": [Badge("夜間は連絡しない", "error", "moon"), Badge("R8-0001から続く")],
        "tabs": [
            Tab("概要", "#tabs", current=True),
            Tab("経過", "#tabs", count=23),
            Tab("アセスメント", "#tabs"),
            Tab("プラン", "#tabs"),
            Tab("紹介", "#tabs"),
        ],
        "stages": [
            Stage("受付", "done", "#stages"),
            Stage("アセスメント", "done", "#stages"),
            Stage("プラン策定", "now"),
            Stage("支援調整会議", "ahead"),
            Stage("支援", "ahead"),
            Stage("評価", "ahead"),
        ],
    }


def figures() -> dict[str, Any]:
    """The three kinds of chart over made-up counts."""
    concerns = [(label, 3 + 4 * number) for number, (code, label) in enumerate(CONCERNS)]
    months = [(f"{month}月", (month * 7) % 19) for month in (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)]
    lines = [(month, {centre: count for centre, name, count in CONSULTED if name == month}) for month in ("4月", "5月", "6月")]
    return {
        "bars": charts.bar_chart(concerns, title="困りごとの内訳", description="多い順ではなく票の順に並べています。"),
        "bar_columns": ["困りごと", "件数"],
        "bar_rows": [(label, (count, "#charts")) for label, count in concerns],
        "months": charts.month_chart(months, title="月ごとの新規相談", description="4月から翌3月まで。"),
        "month_columns": ["月", "件数"],
        "month_rows": months,
        "lines": charts.line_chart(lines, title="拠点ごとの新規相談", description="4月から6月まで。", width=900),
        "line_columns": ["月", "みなと", "いそじ"],
        "line_rows": [(month, *values.values()) for month, values in lines],
    }
