"""What is typed when people come, change and go, and what an invited person types."""

from typing import Any, cast

from django import forms
from django.db.models import QuerySet

from accounts.catalogue import CENTRE_ROLES, HEADQUARTERS_ROLES, Role
from accounts.models import Account, AccountKind, Membership
from accounts.partners import Partner, partners
from foundation import clock
from tenants.activation import active_host
from tenants.models import Centre, ConsortiumMember, Corporation
from ui.forms import Checks, TsunagiForm, WarekiDateField

LONGEST = 128


def role_choices(roles: frozenset[Role]) -> list[tuple[str, str]]:
    """In the order of the catalogue."""
    return [(role.value, role.label) for role in Role if role in roles]


def roles_here() -> list[tuple[str, str]]:
    return role_choices(CENTRE_ROLES if active_host().is_centre else HEADQUARTERS_ROLES)


def colleagues(today: Any = None) -> QuerySet[Account]:
    """Staff of today, by name."""
    current = Membership.objects.current(today or clock.today())
    return Account.objects.filter(kind=AccountKind.STAFF, is_active=True, pk__in=current.values("account")).order_by("name", "id")


def employers_here() -> QuerySet[Corporation]:
    centre = active_host().centre_id
    if centre is None:
        return Corporation.objects.none()
    return Corporation.objects.filter(pk__in=ConsortiumMember.objects.filter(centre_id=centre).values("corporation")).order_by("name")


class RolesForm(TsunagiForm):
    roles = forms.MultipleChoiceField(label="役割", widget=Checks)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["roles"]).choices = roles_here()


class EmployerForm(RolesForm):
    """Roles, and in a joint venture whose employee she is."""

    employer = forms.ModelChoiceField(Corporation.objects.none(), label="所属法人", required=False, empty_label="選んでください")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = employers_here()
        if len(choices) < 2:
            del self.fields["employer"]
        else:
            cast("forms.ModelChoiceField[Corporation]", self.fields["employer"]).queryset = choices
            self.fields["employer"].required = True


class MemberForm(EmployerForm):
    mark_optional = True
    name = forms.CharField(label="氏名", max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.EmailField(label="メールアドレス", max_length=254, widget=forms.EmailInput({"autocomplete": "off"}))
    from_date = WarekiDateField(label="開始日")
    until_date = WarekiDateField(label="終了日", required=False, help_text="決まっていなければ空欄のままにします。")
    weekly_hours = forms.DecimalField(label="週の勤務時間", required=False, max_digits=4, decimal_places=1)

    field_order = ("name", "email", "roles", "employer", "from_date", "until_date", "weekly_hours")


class EndForm(TsunagiForm):
    mark_optional = True
    on = WarekiDateField(label="最後の日", help_text="今日の日付にすると、すぐに入れなくなります。")
    successor = forms.ModelChoiceField(
        Account.objects.none(),
        label="引き継ぐ人",
        required=False,
        empty_label="選んでください",
        help_text="担当ケースがある人には必要です。",
    )

    def __init__(self, *args: Any, leaver: Account, leaves_work: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Account]", self.fields["successor"]).queryset = colleagues().exclude(pk=leaver.pk)
        self.fields["successor"].required = leaves_work


class TransferForm(EndForm):
    to = forms.ModelChoiceField(Centre.objects.none(), label="異動先", empty_label="選んでください")
    roles = forms.MultipleChoiceField(label="異動先での役割", widget=Checks, choices=role_choices(CENTRE_ROLES))
    stays = forms.BooleanField(label="このセンターでも働き続ける（兼務）", required=False)

    field_order = ("to", "on", "roles", "successor", "stays")

    def __init__(self, *args: Any, leaver: Account, **kwargs: Any) -> None:
        super().__init__(*args, leaver=leaver, **kwargs)
        on = self.fields["on"]
        on.label, on.help_text = "異動日", "異動先での最初の日です。ここで働くのは、その前の日までです。"
        others = Centre.objects.reachable().exclude(pk=active_host().centre_id).order_by("name")
        cast("forms.ModelChoiceField[Centre]", self.fields["to"]).queryset = others


class GuestForm(TsunagiForm):
    agency = forms.ChoiceField(label="関係機関")
    name = forms.CharField(label="氏名", max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.EmailField(
        label="職場のメールアドレス",
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
        help_text="個人のアドレスは使えません。",
    )
    until_date = WarekiDateField(label="期限", help_text="30日先まで。あとで延ばせます。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(partner.id): partner for partner in partners()}
        cast(forms.ChoiceField, self.fields["agency"]).choices = [
            ("", "選んでください"),
            *((key, one.name) for key, one in self.known.items()),
        ]

    @property
    def partner(self) -> Partner:
        """Of a valid form."""
        return self.known[self.cleaned_data["agency"]]


class UntilForm(TsunagiForm):
    until_date = WarekiDateField(label="新しい期限", help_text="30日先まで。")


class InvitationForm(TsunagiForm):
    """What somebody types who was invited; the code is put in by the page itself, from the link."""

    token = forms.CharField(
        label="招待コード",
        max_length=200,
        help_text="メールのリンクを開くと、自動で入ります。",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "data-from-link": ""}),
    )
    email = forms.EmailField(label="メールアドレス", max_length=254, widget=forms.EmailInput({"autocomplete": "username"}))
    password = forms.CharField(
        label="パスワード",
        max_length=LONGEST,
        strip=False,
        help_text="15文字以上128文字まで。関係のない言葉を4つほど並べると、覚えやすく安全です。",
        widget=forms.PasswordInput({"autocomplete": "new-password", "maxlength": LONGEST}),
    )
    again = forms.CharField(
        label="パスワード（もう一度）",
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password", "maxlength": LONGEST}),
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("password") and told.get("again") and told["password"] != told["again"]:
            self.add_error("again", "同じパスワードを、もう一度入力してください。")
        return told


class ProviderForm(TsunagiForm):
    """Where a corporation's staff sign in. The secret is typed and never shown again."""

    mark_optional = True
    corporation = forms.ModelChoiceField(Corporation.objects.none(), label="法人", empty_label="選んでください")
    issuer = forms.CharField(
        label="発行者（issuer）",
        max_length=200,
        help_text="https://login.microsoftonline.com/…/v2.0 のようなアドレスです。",
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    client_id = forms.CharField(
        label="クライアントID", max_length=200, widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    )
    secret = forms.CharField(
        label="クライアントシークレット", max_length=400, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )
    strong_acr = forms.CharField(
        label="二要素とみなす acr",
        required=False,
        max_length=1000,
        help_text="空白で区切ります。空欄なら、このホストの二段階認証を続けて求めます。",
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if active_host().is_centre:
            cast("forms.ModelChoiceField[Corporation]", self.fields["corporation"]).queryset = employers_here()
        else:
            del self.fields["corporation"]

    @property
    def facts(self) -> dict[str, Any]:
        """Of a valid form. Any: arguments of configure_provider."""
        return {**self.cleaned_data, "strong_acr": self.cleaned_data["strong_acr"].split()}
