"""What a password must not be, beyond being short or common: too long, or mostly words an intruder tries first."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.crypto import get_random_string

from tenants.activation import active_host

CONTEXT_WORDS = (
    "tsunagi",
    "つなぎ帖",
    "つなぎ",
    "ツナギ",
    "minamarunet",
    "みなまるネット",
    "みなと",
    "minato",
    "大阪",
    "osaka",
    "生活困窮",
    "自立相談",
    "自立支援",
    "相談支援",
    "相談",
    "支援",
    "soudan",
    "shien",
    "法人",
    "houjin",
    "センター",
    "center",
    "centre",
    "区役所",
    "区",
    "令和",
    "reiwa",
    "パスワード",
    "password",
    "passwort",
    "passw0rd",
    "p@ssw0rd",
    "qwerty",
    "asdfgh",
    "zxcvbn",
    "letmein",
    "welcome",
    "administrator",
    "admin",
    "login",
    "sakura",
    "nihon",
    "japan",
    "abcdefg",
    "iloveyou",
)
OWN_LETTERS = 8
DISTINCT_LETTERS = 6
UNAMBIGUOUS = "abcdefghjkmnpqrstuvwxyz23456789"


class MaximumLengthValidator:
    """A bound on the work of one sign-in, far above any passphrase."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:  # Django's interface
        if len(password) > self.max_length:
            raise ValidationError(f"パスワードは{self.max_length}文字までにしてください。", code="password_too_long")

    def get_help_text(self) -> str:
        return f"{self.max_length}文字まで使えます。"


class ContextWordValidator:
    """Refuses a password that is little more than words of our work, the owner's own name, years, repeats or letters in a row."""

    def validate(self, password: str, user: Any = None) -> None:  # Django's interface
        folded = unicodedata.normalize("NFKC", password).casefold()
        if len(set(folded)) < DISTINCT_LETTERS or len(self._own_part(folded, user)) < OWN_LETTERS:
            raise ValidationError(
                "推測されやすいパスワードです。センター名・法人名・氏名や、同じ文字の繰り返しを避け、関係のない言葉を4つほど並べてください。",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return "センター名・法人名・氏名・よくある言葉だけのパスワードは使えません。"

    def _own_part(self, folded: str, user: Any) -> str:
        for word in sorted({*CONTEXT_WORDS, *words_about(user)}, key=len, reverse=True):
            folded = folded.replace(word.casefold(), "")
        letters = re.sub(r"(19|20)\d\d|[\W_]", "", folded)
        return "".join(letter for letter, before in zip(letters, "\0" + letters, strict=False) if abs(ord(letter) - ord(before)) > 1)


def words_about(user: Any) -> set[str]:
    """The owner's names, the parts of her address and the centre's name."""
    texts = [getattr(user, "name", ""), getattr(user, "email", ""), active_host().schema_name, active_host().name]
    return {word for text in texts for word in re.split(r"[\s@._\-・　]+", text or "") if len(word) > 1}


def one_time_password() -> str:
    """Five groups of four letters that are read aloud and typed without mistakes: about 99 bits."""
    return "-".join(get_random_string(4, UNAMBIGUOUS) for _ in range(5))
