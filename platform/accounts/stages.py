"""Between the proof and the session: a third device has to say which of the two others it takes the place of."""

from allauth.account.stages import LoginStage
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts import sessions


class DeviceStage(LoginStage):
    key = "devices"
    urlname = "accounts:which_device"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        full = sessions.others(self.request, self.login.user).count() >= sessions.MOST_DEVICES
        return (redirect(self.urlname) if full else None), True
