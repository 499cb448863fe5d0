from django.urls import path

from casework.cases import views_reception, views_search

app_name = "clients"
urlpatterns = [
    path("search/", views_search.search, name="search"),
    path("similar/", views_reception.similar, name="similar"),
    path("postcode/", views_reception.postcode, name="postcode"),
]
