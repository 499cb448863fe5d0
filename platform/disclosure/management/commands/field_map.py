from django.core.management.base import BaseCommand

from disclosure import field_map


class Command(BaseCommand):
    help = "だれがどの立場でどの項目を見られるかの表を、登録されている決まりから作ります。"

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(field_map.drawn(), ending="")
