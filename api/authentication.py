"""Who asks: a token's owner or a signed-in account, in good standing today and allowed to use the API."""

import re
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.catalogue import Permission, Role
from accounts.models import Account, ApiToken
from accounts.permissions import allowed
from accounts.standing import obstacle

TOKEN = re.compile(rb"[0-9A-Za-z]{8,128}")


class OwnTokenAuthentication(TokenAuthentication):
    """A token of this host. An expired one is refused and left for its owner to see: a read deletes nothing."""

    model = ApiToken

    def authenticate_credentials(self, token: bytes) -> tuple[Account, ApiToken]:
        if not TOKEN.fullmatch(token):
            raise AuthenticationFailed("このトークンはいま使えません。")
        return super().authenticate_credentials(token)

    def _cleanup_token(self, auth_token: ApiToken) -> bool:
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()

    def validate_user(self, auth_token: ApiToken) -> tuple[Account, ApiToken]:
        account = auth_token.user
        if obstacle(account) is not None:
            raise AuthenticationFailed("このトークンはいま使えません。")
        return account, auth_token


class MayUseApi(BasePermission):
    """For a guest there is no API: 404, as at every other address that is not hers."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if Role.GUEST in getattr(request.user, "roles", ()):
            raise Http404
        return allowed(request.user, Permission.USE_API)


class OwnTokenScheme(OpenApiAuthenticationExtension):
    target_class = OwnTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token …`（設定 > APIトークン）"}
