"""The gallery of components, in demo and tests only (settings.GALLERY)."""

from django.urls import path

from ui import views

app_name = "ui"
urlpatterns = [path("", views.gallery, name="gallery")]
