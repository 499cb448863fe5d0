from functools import partial

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "非同期の仕事"

    def ready(self) -> None:
        from accounts import notices
        from audit import trail
        from jobs import idempotency, outbox

        autodiscover_modules("tasks")  # the web asks for jobs by kind, so it knows the handlers as well
        trail.after_write.append(idempotency.note_effect)
        outbox.handler(notices.JOB)(notices.deliver)
        notices.send_by(partial(outbox.add, notices.JOB))
