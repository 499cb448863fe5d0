from django.urls import path

from casework.erasures import views

app_name = "erasures"
urlpatterns = [
    path("<uuid:pk>/erasure/", views.ask, name="ask"),
    path("<uuid:pk>/erasure/hold/", views.hold, name="hold"),
    path("<uuid:pk>/erasure/hold/lift/", views.lift, name="lift"),
]
