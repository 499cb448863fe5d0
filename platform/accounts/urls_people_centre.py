"""管理 at a centre: its guests, and colleagues who come from other centres."""

from django.urls import path

from accounts import urls_people, views_members, views_people

app_name = "people"
urlpatterns = [
    path("guests/", views_people.guest_list, name="guests"),
    path("guests/new/", views_people.guest_new, name="guest_new"),
    path("guests/<uuid:pk>/", views_people.guest_detail, name="guest"),
    path("guests/<uuid:pk>/act/", views_people.guest_act, name="guest_act"),
    path("transfers/", views_members.transfer_list, name="transfers"),
    path("transfers/<uuid:pk>/", views_members.transfer, name="transfer"),
    *urls_people.urlpatterns,
]
