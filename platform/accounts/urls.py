"""The pages of sign-in and of one's own account: only those of the library that we need."""

from allauth.account import views as sign_in
from allauth.mfa.totp import views as totp
from django.urls import include, path
from django.views.decorators.http import require_http_methods, require_POST

from accounts import views, views_factors, views_identity, views_invitation, views_sessions
from accounts.answers import leaves_nothing, refused_forms_are_422
from accounts.gatekeeping import Page, signed_in_page
from accounts.step_up import fresh_factor

form_page = require_http_methods(["GET", "POST"])  # the library's own take a PUT for a POST


def fresh_page(view: Page) -> Page:
    """A page of the library that changes a factor. Its own question is never asked: it would keep what was posted, in clear."""
    return signed_in_page(fresh_factor(view))


own_pages = [
    path("", views.settings_page, name="settings"),
    path("pledge/", views.pledge, name="pledge"),
    path("invitation/", views_invitation.invitation, name="invitation"),
    path("identity/back/", views_identity.identity_back, name="identity_back"),
    path("identity/<uuid:pk>/", views_identity.start, name="identity_start"),
    path("identity/<uuid:pk>/link/", views_identity.link, name="identity_link"),
    path("call-back/", views_invitation.call_back, name="call_back"),
    path("passkeys/", views_factors.passkey_list, name="passkeys"),
    path("passkeys/add/", views_factors.passkey_add, name="passkey_add"),
    path("passkeys/sign-in/", views_factors.passkey_sign_in, name="passkey_sign_in"),
    path("passkeys/<int:passkey_id>/name/", views_factors.passkey_rename, name="passkey_rename"),
    path("passkeys/<int:passkey_id>/remove/", views_factors.passkey_remove, name="passkey_remove"),
    path("sessions/", views_sessions.session_list, name="sessions"),
    path("sessions/end/", views_sessions.session_end, name="session_end"),
    path("which-device/", views_sessions.which_device, name="which_device"),
    path("lock/", views_sessions.lock, name="lock"),
    path("unlock/", views_sessions.unlock, name="unlock"),
    path("awake/", views_sessions.awake, name="awake"),
    path("lock-rule/", views_sessions.lock_rule, name="lock_rule"),
    path("tokens/", views.token_list, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", views.token_revoke, name="token_revoke"),
]

urlpatterns = [
    path("", include((own_pages, "accounts"))),
    path("login/", form_page(refused_forms_are_422(sign_in.login)), name="account_login"),
    path("logout/", leaves_nothing(require_POST(sign_in.logout)), name="account_logout"),
    path("reauthenticate/", views_factors.prove, name="account_reauthenticate"),
    path("password/change/", form_page(refused_forms_are_422(views.password_change)), name="account_change_password"),
    path("2fa/", views_factors.FactorsPage.as_view(), name="mfa_index"),
    path("2fa/authenticate/", form_page(refused_forms_are_422(views_factors.SecondFactorPage.as_view())), name="mfa_authenticate"),
    path("2fa/totp/activate/", form_page(fresh_page(refused_forms_are_422(totp.activate_totp))), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", form_page(fresh_page(totp.deactivate_totp)), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
]
