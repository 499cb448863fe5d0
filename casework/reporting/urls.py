from django.urls import path

from casework.reporting import views

app_name = "reporting"
urlpatterns = [
    path("", views.latest, name="latest"),
    path("<str:month>/", views.month, name="month"),
    path("<str:month>/workbook/", views.workbook, name="workbook"),
    path("<str:month>/<str:series>/", views.records, name="records"),
]
