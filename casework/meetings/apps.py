from django.apps import AppConfig
from django.http import HttpRequest


class MeetingsConfig(AppConfig):
    name = "casework.meetings"
    verbose_name = "支援調整会議"

    def ready(self) -> None:
        from accounts import notices
        from casework.cases import access, events
        from casework.meetings import exports, field_groups, today_card
        from casework.meetings.permissions import can_see_meetings, cases_before_meetings_of
        from ui.rail import RailItem, register

        field_groups.register()
        exports.register()
        today_card.register()
        access.register_ground(access.MEETING, cases_before_meetings_of)
        notices.register("meeting_called", "支援調整会議が設けられました", "サインインして、会議のページで日程と議題を確認してください。")
        events.register_kinds({"evaluation.reviewed": ("会議で評価について話し合った", "messages-square")})

        def shown(request: HttpRequest) -> bool:
            return can_see_meetings(request.user)

        register(
            RailItem(
                order=40,
                label="支援調整会議",
                short="会議",
                icon="handshake",
                url_name="meetings:list",
                key="m",
                allowed=shown,
                current_on=("meetings:",),
            )
        )
