from django.urls import path

from headquarters import views

app_name = "headquarters"
urlpatterns = [path("", views.activity, name="activity"), path("reviews/", views.reviews, name="reviews")]
