"""What answers at a centre's host."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    *([path("ui/", include("ui.urls"))] if settings.GALLERY else []),
]
