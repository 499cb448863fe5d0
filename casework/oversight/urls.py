from django.urls import path

from casework.oversight import views_declaration, views_figures, views_review, views_trail, views_who_read

app_name = "oversight"
urlpatterns = [
    path("", views_trail.trail_page, name="trail"),
    path("figures/", views_figures.figures, name="figures"),
    path("reviews/", views_review.queue, name="queue"),
    path("reviews/<uuid:pk>/", views_review.review, name="review"),
    path("cases/<uuid:pk>/", views_who_read.who_read, name="who_read"),
    path("cases/<uuid:pk>/ask/", views_who_read.who_read_ask, name="who_read_ask"),
    path("cases/<uuid:pk>/papers/<uuid:request_pk>/", views_who_read.who_read_paper, name="who_read_paper"),
    path("requests/<uuid:pk>/", views_who_read.who_read_decide, name="who_read_decide"),
    path("declaration/", views_declaration.declaration, name="declaration"),
]
