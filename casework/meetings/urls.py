from django.urls import path

from casework.meetings import views

app_name = "meetings"

urlpatterns = [
    path("", views.meetings, name="list"),
    path("new/", views.call, name="call"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/items/", views.decide, name="decide"),
    path("<uuid:pk>/closing/", views.hold, name="hold"),
    path("<uuid:pk>/meeting.pdf", views.pdf, name="pdf"),
]
