"""Who may sign in with e-mail and password: an active account with a current membership or guest entry at this host."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import Account


class SignInBackend(ModelBackend):
    """A wrong e-mail, a wrong password and an ended membership get the same answer after the same work."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **credentials: Any
    ) -> Account | None:
        email = credentials.get("email") or username
        return super().authenticate(request, username=email, password=password)

    def user_can_authenticate(self, user: AbstractBaseUser | AnonymousUser | None) -> bool:
        return isinstance(user, Account) and user.may_sign_in

    def get_user(self, user_id: Any) -> Account | None:
        """The session's account as it is now; whether it may still be here is MembershipMiddleware's question."""
        return Account.objects.filter(pk=user_id).first()
