"""The ways into a case from outside its team; they belong to the namespace `cases`."""

from django.urls import path

from casework.cases import views_access

urlpatterns = [
    path("<uuid:pk>/purpose/", views_access.purpose, name="purpose"),
    path("<uuid:pk>/break-glass/", views_access.break_glass, name="break_glass"),
    path("<uuid:pk>/break-glass/end/", views_access.break_glass_end, name="break_glass_end"),
    path("<uuid:pk>/openings/", views_access.openings, name="openings"),
    path("<uuid:pk>/openings/<uuid:approval_pk>/", views_access.glass_answer, name="glass_answer"),
    path("<uuid:pk>/join/", views_access.join, name="join"),
    path("<uuid:pk>/join/<uuid:approval_pk>/", views_access.join_answer, name="join_answer"),
    path("<uuid:pk>/team/seen/", views_access.team_seen, name="team_seen"),
    path("<uuid:pk>/relation/", views_access.declare, name="declare"),
    path("<uuid:pk>/blocks/", views_access.blocks, name="blocks"),
    path("<uuid:pk>/blocks/seen/", views_access.attempts_seen, name="attempts_seen"),
    path("<uuid:pk>/blocks/<uuid:block_pk>/end/", views_access.block_end, name="block_end"),
]
