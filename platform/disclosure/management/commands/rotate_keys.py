"""`manage.py rotate_keys root | centre [CENTRE] | client CENTRE CLIENT`: replaces keys while people work.

Needs the owner's secret, which web and worker do not have. Killed or stopped, it goes on where it was when run again.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from audit import trail
from tenants.activation import centre_active, headquarters_active, keys_owner_active
from tenants.models import Centre
from vault import rotation
from vault.keys import KeyGone
from vault.models import CentreKey
from vault.refusals import KeyServiceAway, SealBroken, WrongRoot

OWN = "own"  # in place of a client: the centre's values that belong to no client
PUBLIC = "public"
WRONG_ROOT = (
    "ROOT_KEY で開けない鍵があります。替える前のルート鍵を ROOT_KEY_RETIRING に書いて、もう一度実行してください（続きから進みます）。"
)


class Command(BaseCommand):
    help = "鍵を替えます。root: ルート鍵、centre: センターの鍵、client: 相談者ひとりの鍵。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        levels = parser.add_subparsers(dest="level", required=True)
        levels.add_parser("root", help="センターの鍵を、今の ROOT_KEY で包み直す（前の鍵は ROOT_KEY_RETIRING）")
        centre = levels.add_parser("centre", help="センターの鍵を新しくし、相談者の鍵を包み直す")
        centre.add_argument("centre", nargs="?", help="スキーマの名前。なければ全センター")
        client = levels.add_parser("client", help="相談者の鍵を新しくし、書かれたものをすべて封じ直す")
        client.add_argument("centre")
        client.add_argument("client", help=f"相談者の ID、またはセンター自身の分なら {OWN}")

    def handle(self, *args: Any, level: str, **options: Any) -> None:  # Any: as in Django
        try:
            with keys_owner_active():
                done = {"root": self.root, "centre": self.centre, "client": self.client}[level](**options)
        except KeyGone as gone:
            raise CommandError(f"鍵はもう破棄されています: {gone}") from gone
        except KeyServiceAway as away:
            raise CommandError("鍵を預けているところから返事がありません。もう一度実行すると続きから進みます。") from away
        except WrongRoot as wrong:
            raise CommandError(WRONG_ROOT) from wrong
        except rotation.StillInUse as busy:
            raise CommandError("ほかの処理が終わらないので、古い鍵を残しました。あとでもう一度実行してください。") from busy
        except SealBroken as broken:
            raise CommandError(f"封が壊れた値があるので、古い鍵を残しました: {broken}") from broken
        except Centre.DoesNotExist as unknown:
            raise CommandError("そのセンターはありません。") from unknown
        except DatabaseError as error:
            raise CommandError(f"鍵を替えられません。{error}") from error
        self.stdout.write(f"終わりました（{done} 件）。")

    def root(self, **options: Any) -> int:
        done = rotation.rewrap_centres(self.say)
        with headquarters_active():
            trail.record_event("key.root_rotated", by=None, channel="command", keys=done)
        return done

    def centre(self, *, centre: str | None, **options: Any) -> int:
        names = [centre] if centre else list(CentreKey.objects.filter(wrapped__isnull=False).values_list("pk", flat=True))
        done = 0
        for name in names:
            with host_of(name):
                wrapped = rotation.rotate_centre(name, self.say)
                version = CentreKey.objects.get(pk=name).version
                trail.record_event("key.centre_rotated", by=None, channel="command", keys=wrapped, version=version)
            done += wrapped
        return done

    def client(self, *, centre: str, client: str, **options: Any) -> int:
        subject = subject_named(client)
        with centre_active(centre):
            begun = rotation.begin(centre, subject)
            if begun:
                self.note("key.client_rotation_begun", subject, keys=begun)
            if not begun and not rotation.leaving(centre, subject):
                raise CommandError("その相談者の鍵はありません（または破棄されています）。")
            done = rotation.finish(centre, subject, self.say)
            self.note("key.client_rotated", subject, values=done)
        return done

    def note(self, action: str, subject: UUID | None, **facts: int) -> None:
        trail.record_event(action, by=None, subjects=[subject] if subject else (), channel="command", **facts)

    @property
    def say(self) -> Callable[[str], object]:
        def written(line: str) -> None:
            self.stdout.write(line)
            sys.stdout.flush()

        return written


def subject_named(client: str) -> UUID | None:
    if client == OWN:
        return None
    try:
        return UUID(client)
    except ValueError:
        raise CommandError(f"相談者は ID（UUID）か {OWN} です。") from None


@contextmanager
def host_of(name: str) -> Iterator[None]:
    with headquarters_active() if name == PUBLIC else centre_active(name):
        yield
