from django.urls import path

from casework.oversight import views_trail

app_name = "oversight"
urlpatterns = [
    path("", views_trail.trail_page, name="trail"),
]
