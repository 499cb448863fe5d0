"""Uploads stay in memory: an unsealed file never touches a disk, not even a temporary one (security B46, C)."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class InMemory(MemoryFileUploadHandler):
    """The only handler there is. A body that says it is larger than one file and its form is not read: answered 413."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, str], content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        if content_length > settings.FILE_LARGEST + settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("upload")
        self.activated = True

    def new_file(self, *arguments: Any, **options: Any) -> None:
        """Django's own asks the handlers that come after to stop; there are none."""
        super(MemoryFileUploadHandler, self).new_file(*arguments, **options)
        self.file = BytesIO()
