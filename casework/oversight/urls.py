from django.urls import path

from casework.oversight import views_declaration, views_review, views_trail

app_name = "oversight"
urlpatterns = [
    path("", views_trail.trail_page, name="trail"),
    path("reviews/", views_review.queue, name="queue"),
    path("reviews/<uuid:pk>/", views_review.review, name="review"),
    path("declaration/", views_declaration.declaration, name="declaration"),
]
