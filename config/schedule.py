"""What happens by the clock. A name is what `jobs.tick` does at every host, or a kind of job that every centre gets into its outbox."""

from celery.schedules import crontab

SCHEDULE: dict[str, float | crontab] = {
    "sweep": 60.0,  # seconds
    "watch_trail": crontab(minute="*/10"),
    "protection_both_sides": crontab(minute="*/5"),
    "protection_newcomers": crontab(minute="2-59/5"),
    "protection_endings": crontab(hour=0, minute=5),
    "forget_requests": crontab(hour=3, minute=10),
    "end_departures": crontab(minute=5),
    "end_broken_glass": crontab(minute="*/10"),
    "attachments.ask_again": crontab(minute="*/10"),
    "attachments.sweep_objects": crontab(hour=3, minute=40),
    "erasures.take_up_again": crontab(hour=3, minute=50),
    "release_months": crontab(hour=5, minute=0),
}
