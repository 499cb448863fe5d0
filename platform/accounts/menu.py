"""管理 in the rail, for whoever manages people here."""

from django.http import HttpRequest

from accounts import guests
from accounts.catalogue import Permission
from accounts.permissions import allowed
from ui import rail


def register() -> None:
    def shown(request: HttpRequest) -> bool:
        return allowed(request.user, Permission.MANAGE_STAFF) or allowed(request.user, Permission.END_MEMBERSHIP)

    rail.register(
        rail.RailItem(
            order=90,
            label="管理",
            short="管理",
            icon="user-cog",
            url_name="people:members",
            key="a",
            allowed=shown,
            current_on=("people:",),
        )
    )

    def guests_shown(request: HttpRequest) -> bool:
        return not shown(request) and guests.can_invite_guests(request.user)

    rail.register(
        rail.RailItem(order=91, label="関係機関の人", short="関係機関", icon="building-2", url_name="people:guests", allowed=guests_shown)
    )
