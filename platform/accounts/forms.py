"""What people type to sign in, to prove a second factor, to change a password, to pledge and to name a token."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as second_factor_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as SecondFactorAgain
from allauth.mfa.base.internal.flows import check_rate_limit, post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError

from accounts import passkeys, standing
from accounts.evidence import note_refused_passkey
from accounts.models import Account

LONGEST = 128


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.EmailField(
            label="メールアドレス", max_length=254, widget=forms.EmailInput({"autocomplete": "username", "autofocus": True})
        )
        self.fields["password"] = forms.CharField(label="パスワード", max_length=LONGEST, strip=False, widget=_password("current-password"))
        self.order_fields(["login", "password"])


class NewPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": "現在のパスワード", "password1": "新しいパスワード", "password2": "新しいパスワード（もう一度）"}
        for name, label in labels.items():
            field = self.fields[name]
            field.label, field.max_length, field.help_text = label, LONGEST, ""
            field.widget = _password("current-password" if name == "oldpassword" else "new-password")
        self.fields[
            "password1"
        ].help_text = "15文字以上128文字まで。文字の種類は自由です。関係のない言葉を4つほど並べると、覚えやすく安全です。"


class PasswordAgainForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = forms.CharField(label="パスワード", max_length=LONGEST, strip=False, widget=_password("current-password"))


class CodeOnce:
    """A code counts once, for as long as any clock we accept could still show it (the library forgets it after 30 seconds)."""

    user: Any  # the library's forms set it
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        if standing.passkey_only(self.user) and passkeys.has_any(self.user):
            raise ValidationError("この役割では、パスキーで確かめてください。", code="passkey_needed")
        code = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        key = f"accounts.code.used:{self.user.pk}:{normalize_user_code(code)}"
        if not cache.add(key, True, timeout=second_factor_settings.TOTP_PERIOD * (2 * second_factor_settings.TOTP_TOLERANCE + 2)):
            authenticator: Authenticator = self.authenticator  # type: ignore[attr-defined]  # set by the library's clean_code
            self._emit_authentication_failed(authenticator)  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(CodeOnce, AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field("認証コード", "認証アプリの6桁の数字、またはリカバリーコード（8桁）")


class SecondFactorAgainForm(CodeOnce, SecondFactorAgain):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field("認証コード", "認証アプリの6桁の数字、またはリカバリーコード（8桁）")


class DeviceAnswer(forms.JSONField):
    """Refuses also what Python's reader breaks at: brackets without end, and numbers of thousands of digits."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, error_messages={"required": "パスキーのボタンを押してください。"})

    def to_python(self, value: Any) -> Any:  # Django's interface
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class PasskeyForm(forms.Form):
    """What the device answered, as JSON. `credential` becomes the passkey that it was."""

    credential = DeviceAnswer()
    reauthenticated = passwordless = False

    def __init__(self, *args: Any, user: Account | None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_credential(self) -> Authenticator:
        answer = self.cleaned_data["credential"]
        if self.user is not None:
            forget = check_rate_limit(self.user)
        owner = self.user or passkeys.whose(answer)  # whose an attacker says it is: nobody is throttled for it
        try:
            authenticator = passkeys.check_use(owner, answer)
        except ValidationError as refused:
            note_refused_passkey(owner, refused)
            raise
        if self.user is not None:
            forget()
        return authenticator

    def save(self) -> None:
        used = self.cleaned_data["credential"]
        post_authentication(context.request, used, reauthenticated=self.reauthenticated, passwordless=self.passwordless)


class PasskeySignInForm(PasskeyForm):
    passwordless = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=None, **kwargs)


class PasskeyAgainForm(PasskeyForm):
    reauthenticated = True


class NewPasskeyForm(forms.Form):
    name = forms.CharField(
        label="名前",
        max_length=passkeys.LONGEST_NAME,
        required=False,
        help_text="どの端末や鍵か、あとで分かる名前にします。例：面談室のパソコン",
    )
    credential = DeviceAnswer()

    def clean_credential(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.cleaned_data["credential"]
        passkeys.check_new(answer)
        return answer


class PasskeyNameForm(forms.Form):
    name = forms.CharField(label="名前", max_length=passkeys.LONGEST_NAME)


class LockForm(forms.Form):
    lock_minutes = forms.IntegerField(
        label="画面をロックするまでの時間（分）",
        min_value=5,
        max_value=30,
        help_text="この時間、だれも触れなかった画面をロックします。5分から30分の間で決めます。",
    )


class EnrolTotpForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _code_field("認証コード", "登録すると認証アプリに表示される6桁の数字")


class PledgeForm(forms.Form):
    version = forms.CharField(widget=forms.HiddenInput, max_length=20)
    typed_name = forms.CharField(
        label="署名（氏名）",
        max_length=100,
        help_text="登録されている氏名を入力してください。",
        widget=forms.TextInput({"autocomplete": "name"}),
    )


class TokenForm(forms.Form):
    label = forms.CharField(label="用途", max_length=60, help_text="どのプログラムで使うかが、あとで分かる名前にしてください。")


def _password(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput({"autocomplete": autocomplete, "maxlength": LONGEST})


def _code_field(label: str, help_text: str) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, max_length=20, widget=widget)
