from django.urls import path

from casework.plans import views

app_name = "plans"

urlpatterns = [
    path("cases/<uuid:pk>/plans/", views.of_case, name="of_case"),
    path("cases/<uuid:pk>/plans/new/", views.make, name="make"),
    path("cases/<uuid:pk>/close/", views.close, name="close"),
    path("plans/<uuid:pk>/", views.detail, name="detail"),
    path("plans/<uuid:pk>/edit/", views.edit, name="edit"),
    path("plans/<uuid:pk>/agreement/", views.agree, name="agree"),
    path("plans/<uuid:pk>/decision/", views.decide, name="decide"),
    path("plans/<uuid:pk>/monitoring/", views.monitor, name="monitor"),
    path("plans/<uuid:pk>/evaluation/", views.evaluate, name="evaluate"),
    path("plans/<uuid:pk>/plan.pdf", views.pdf, name="pdf"),
]
