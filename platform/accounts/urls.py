"""The pages of sign-in and of one's own account: only those of the library that we need."""

from allauth.account import views as sign_in
from allauth.mfa.base import views as second_factor
from allauth.mfa.totp import views as totp
from django.urls import include, path
from django.views.decorators.http import require_http_methods, require_POST

from accounts import views, views_identity, views_invitation
from accounts.answers import leaves_nothing, refused_forms_are_422

form_page = require_http_methods(["GET", "POST"])  # the library's own take a PUT for a POST

own_pages = [
    path("", views.settings_page, name="settings"),
    path("pledge/", views.pledge, name="pledge"),
    path("invitation/", views_invitation.invitation, name="invitation"),
    path("identity/back/", views_identity.identity_back, name="identity_back"),
    path("identity/<uuid:pk>/", views_identity.start, name="identity_start"),
    path("identity/<uuid:pk>/link/", views_identity.link, name="identity_link"),
    path("call-back/", views_invitation.call_back, name="call_back"),
    path("tokens/", views.token_list, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", views.token_revoke, name="token_revoke"),
]

urlpatterns = [
    path("", include((own_pages, "accounts"))),
    path("login/", form_page(refused_forms_are_422(sign_in.login)), name="account_login"),
    path("logout/", leaves_nothing(require_POST(sign_in.logout)), name="account_logout"),
    path("reauthenticate/", form_page(refused_forms_are_422(sign_in.reauthenticate)), name="account_reauthenticate"),
    path("password/change/", form_page(refused_forms_are_422(sign_in.password_change)), name="account_change_password"),
    path("2fa/", second_factor.index, name="mfa_index"),
    path("2fa/authenticate/", form_page(refused_forms_are_422(second_factor.authenticate)), name="mfa_authenticate"),
    path("2fa/reauthenticate/", form_page(refused_forms_are_422(second_factor.reauthenticate)), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", form_page(refused_forms_are_422(totp.activate_totp)), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", form_page(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
]
