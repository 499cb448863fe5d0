"""What answers at the bare host: nobody signs in here."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from tenants.views import entrance

urlpatterns: list[URLPattern | URLResolver] = [
    path("", entrance, name="entrance"),
    *([path("ui/", include("ui.urls"))] if settings.GALLERY else []),
]

handler400 = "config.answers.unreadable"
handler403 = "config.answers.forbidden"
handler404 = "config.answers.not_found"
handler500 = "config.answers.broken"
