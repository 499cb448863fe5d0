"""Addresses that the shell of the gallery may lead to."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from ui import urls as gallery_urls


def nowhere(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("ui/", include(gallery_urls)),
    path("today/", nowhere, name="today"),
    path("cases/", nowhere, name="cases"),
    path("reception/", nowhere, name="reception"),
    path("meetings/", nowhere, name="meetings"),
    path("month/", nowhere, name="month"),
    path("search/", include(([path("", nowhere, name="search")], "clients"))),
    path("settings/", include(([path("", nowhere, name="settings")], "accounts"))),
    path("logout/", nowhere, name="account_logout"),
]
