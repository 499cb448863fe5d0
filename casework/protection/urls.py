from django.urls import path

from casework.protection import views

app_name = "protection"
urlpatterns = [
    path("<uuid:pk>/", views.case_page, name="case"),
    path("<uuid:pk>/set/", views.protect_page, name="set"),
    path("<uuid:pk>/places/", views.place_add, name="place_add"),
    path("<uuid:pk>/places/<uuid:place_pk>/remove/", views.place_remove, name="place_remove"),
    path("<uuid:pk>/places/<uuid:place_pk>/restore/", views.place_restore, name="place_restore"),
    path("<uuid:pk>/parties/", views.party_add, name="party_add"),
    path("<uuid:pk>/parties/<uuid:party_pk>/end/", views.party_end, name="party_end"),
    path("<uuid:pk>/open/", views.open_places, name="open"),
    path("<uuid:pk>/end/", views.ending_ask, name="end"),
    path("<uuid:pk>/end/<uuid:ending_pk>/", views.ending_decide, name="end_decide"),
    path("<uuid:pk>/both/<uuid:both_pk>/", views.both_allow, name="both_allow"),
    path("<uuid:pk>/possible/<uuid:possible_pk>/", views.possible_answer, name="possible_answer"),
]
