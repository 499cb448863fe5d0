from django.apps import AppConfig


class DemoDataConfig(AppConfig):
    name = "deploy.demo_data"
    verbose_name = "見本のデータ"
