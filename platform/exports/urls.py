from django.urls import path

from exports import views

app_name = "exports"
urlpatterns = [
    path("", views.export_list, name="list"),
    path("new/", views.ask, name="ask"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/file/", views.file, name="file"),
    path("<uuid:pk>/decision/", views.decide, name="decide"),
]
