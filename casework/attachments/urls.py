from django.urls import path

from casework.attachments import views

app_name = "attachments"
urlpatterns = [
    path("<uuid:pk>/files/", views.file_list, name="list"),
    path("<uuid:pk>/files/<uuid:file_pk>/copy/", views.copy, name="copy"),
    path("<uuid:pk>/files/<uuid:file_pk>/original/", views.original, name="original"),
    path("<uuid:pk>/files/<uuid:file_pk>/remove/", views.remove, name="remove"),
]
