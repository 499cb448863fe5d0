"""Settings, URLs and what runs in each process. The Celery application is here so that every process rings the same bell."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
