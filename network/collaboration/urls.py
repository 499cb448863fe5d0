from django.urls import path

from network.collaboration import views

app_name = "collaboration"
urlpatterns = [
    path("cases/<uuid:pk>/refer/", views.refer, name="refer"),
    path("referrals/<uuid:pk>/", views.referral, name="referral"),
    path("referrals/<uuid:pk>/answer/", views.answer, name="answer"),
    path("referrals/<uuid:pk>/share/", views.share, name="share"),
    path("grants/<uuid:pk>/", views.share_decide, name="share_decide"),
    path("grants/<uuid:pk>/end/", views.share_end, name="share_end"),
    path("shared/", views.shared, name="shared"),
    path("shared/<uuid:pk>/", views.shared_detail, name="shared_detail"),
]
