from uuid import UUID

from django.apps import AppConfig
from django.urls import reverse


class AttachmentsConfig(AppConfig):
    name = "casework.attachments"
    verbose_name = "ファイル"

    def ready(self) -> None:
        from casework.attachments import field_groups, objects
        from casework.cases import events, headings
        from casework.erasures import erasures

        field_groups.register()
        headings.register_tab(headings.CaseTab(65, "ファイル", _files_of, ("attachments:",), to_look=True))
        events.register_kinds({"file.added": ("ファイルを加えた", "paperclip"), "file.removed": ("ファイルを外した", "file-x")})
        erasures.further_erasers.append(objects.delete_of)


def _files_of(case: UUID) -> str:
    return reverse("attachments:list", args=[case])
