"""How a rule of the work says no: one message in Japanese for the person, one code for programs and tests."""

from django.core.exceptions import ValidationError


class RuleViolation(ValidationError):
    """A rule of the work is broken; nothing has changed. Pages and API answer 422.

    `field` names the fact at fault, so that a form can put the message beside it.
    """

    code: str

    def __init__(self, message: str, *, code: str, field: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


class ServiceAway(Exception):
    """A server that we need does not answer; nothing has changed. Pages and API answer 503 with the sentence and code of its class."""

    message = "ただいま混み合っているか、点検中です。"
    code = "away"


class WrongState(RuleViolation):
    """The thing is not in a state in which this may happen to it. Pages and API answer 409."""

    def __init__(self, message: str, *, code: str = "wrong_state", field: str | None = None) -> None:
        super().__init__(message, code=code, field=field)


class StaleVersion(RuleViolation):
    """Somebody else saved first. Pages and API answer 409 and show both texts."""

    def __init__(
        self,
        message: str = "ほかの人が先に保存しました。最新の内容と見比べてから、もう一度保存してください。",
        *,
        code: str = "stale_version",
        field: str | None = None,
    ) -> None:
        super().__init__(message, code=code, field=field)
