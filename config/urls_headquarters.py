"""What answers at headquarters' host."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("headquarters.urls")),
    path("accounts/", include("accounts.urls")),
    path("manage/", include("accounts.urls_people")),
    *([path("ui/", include("ui.urls"))] if settings.GALLERY else []),
]

handler400 = "config.answers.unreadable"
handler403 = "config.answers.forbidden"
handler404 = "config.answers.not_found"
handler500 = "config.answers.broken"
