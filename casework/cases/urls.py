from django.urls import include, path

from casework.cases import views_assessment, views_file, views_list, views_reception, views_steps

app_name = "cases"
urlpatterns = [
    path("", views_list.case_list, name="list"),
    path("<uuid:pk>/", views_file.detail, name="detail"),
    path("<uuid:pk>/records/", views_file.record, name="record"),
    path("records/<uuid:pk>/", views_file.record_edit, name="record_edit"),
    path("<uuid:pk>/assessment/", views_assessment.assess, name="assess"),
    path("reception/", views_reception.reception, name="reception"),
    path("<uuid:pk>/reception/into/", views_reception.reception_into, name="reception_into"),
    path("<uuid:pk>/edit/", views_reception.edit, name="edit"),
    path("<uuid:pk>/screen/", views_steps.screen, name="screen"),
    path("<uuid:pk>/apply/", views_steps.apply, name="apply"),
    path("<uuid:pk>/consents/", views_steps.consent, name="consent"),
    path("<uuid:pk>/consents/<uuid:consent_pk>/withdraw/", views_steps.consent_withdraw, name="consent_withdraw"),
    path("<uuid:pk>/emergency/", views_steps.emergency, name="emergency"),
    path("<uuid:pk>/outcome/", views_steps.outcome, name="outcome"),
    path("<uuid:pk>/team/", views_steps.team, name="team"),
    path("<uuid:pk>/team/<uuid:account_pk>/leave/", views_steps.team_leave, name="team_leave"),
    path("", include("casework.cases.urls_access")),
]
