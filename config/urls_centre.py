"""What answers at a centre's host."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from casework.cases import views_today

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views_today.today, name="today"),
    path("accounts/", include("accounts.urls")),
    path("manage/", include("accounts.urls_people_centre")),
    path("cases/", include("casework.cases.urls")),
    path("cases/", include("casework.erasures.urls")),
    path("cases/", include("casework.attachments.urls")),
    path("", include("casework.plans.urls")),
    path("protection/", include("casework.protection.urls")),
    path("meetings/", include("casework.meetings.urls")),
    path("api/v1/", include("api.urls")),
    path("oversight/", include("casework.oversight.urls")),
    path("reports/", include("casework.reporting.urls")),
    path("", include("network.collaboration.urls")),
    path("exports/", include("exports.urls")),
    path("clients/", include("casework.cases.urls_clients")),
    *([path("ui/", include("ui.urls"))] if settings.GALLERY else []),
]

handler400 = "config.answers.unreadable"
handler403 = "config.answers.forbidden"
handler404 = "config.answers.not_found"
handler500 = "config.answers.broken"
