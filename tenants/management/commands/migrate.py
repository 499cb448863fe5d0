"""`manage.py migrate`: public, keys, the template and all centres to the current state."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.db.migrations.autodetector import MigrationAutodetector

from tenants.activation import owner_active
from tenants.migrating import StillBehind, bring_to_current_state, everything_is_current
from tenants.recording import NoDump


class Command(BaseCommand):
    autodetector = MigrationAutodetector  # a check compares it with that of makemigrations
    help = "すべてのスキーマを今の版にします（public、keys、ひな形、全センター）。"
    requires_system_checks: list[str] = []
    autodetector = MigrationAutodetector  # Django checks that makemigrations uses the same

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="何も変えず、移行が残っていれば終了コード 1 を返す")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="何も尋ねない（もともと尋ねません）")

    def handle(self, *args: Any, check: bool, verbosity: int, **options: Any) -> None:  # Any: as in Django
        said: list[str] = []
        try:
            with owner_active():
                if check:
                    sys.exit(0 if everything_is_current() else 1)
                bring_to_current_state(said.append if verbosity == 0 else self.tell(said))
        except (StillBehind, NoDump) as problem:
            raise CommandError(str(problem)) from problem
        except DatabaseError as error:
            raise CommandError(f"移行できません。{error}") from error
        if not said and verbosity:
            self.stdout.write("すべて今の版です。")

    def tell(self, said: list[str]) -> Any:  # a callable that remembers that something was said
        def say(line: str) -> None:
            said.append(line)
            self.stdout.write(line)

        return say
