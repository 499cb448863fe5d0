from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "利用者"

    def ready(self) -> None:
        from accounts import evidence, identity_providers, leaving, menu, resets

        evidence.listen()
        leaving.register_own()
        resets.register()
        identity_providers.register()
        menu.register()
