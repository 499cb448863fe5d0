"""管理: who works here, who is let in, what waits for a second person."""

from django.urls import path

from accounts import views_identity, views_members, views_people

app_name = "people"
urlpatterns = [
    path("", views_members.member_list, name="members"),
    path("members/new/", views_members.member_new, name="member_new"),
    path("members/<uuid:pk>/", views_members.member_detail, name="member"),
    path("members/<uuid:pk>/roles/", views_members.member_roles, name="member_roles"),
    path("members/<uuid:pk>/end/", views_members.member_end, name="member_end"),
    path("members/<uuid:pk>/stay/", views_members.member_stay, name="member_stay"),
    path("members/<uuid:pk>/invite/", views_members.member_invite, name="member_invite"),
    path("members/<uuid:pk>/reset/", views_members.member_reset, name="member_reset"),
    path("members/<uuid:pk>/transfer/", views_members.member_transfer, name="member_transfer"),
    path("members/<uuid:pk>/unlink/", views_identity.member_unlink, name="member_unlink"),
    path("providers/", views_identity.provider_list, name="providers"),
    path("providers/<uuid:pk>/end/", views_identity.provider_end, name="provider_end"),
    path("invitations/", views_people.invitation_list, name="invitations"),
    path("invitations/<uuid:pk>/", views_people.invitation_act, name="invitation_act"),
    path("approvals/", views_people.approval_list, name="approvals"),
    path("approvals/<uuid:pk>/", views_people.approval, name="approval"),
]
