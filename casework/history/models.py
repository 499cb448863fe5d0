"""What of a centre's past has been taken over: which lines, and what the file's own ids became."""

from django.db import models


class ImportedLine(models.Model):
    """A line of a history file that has been put through; the same line again is passed over, so a second run changes nothing."""

    digest = models.CharField(max_length=64)
    occurrence = models.PositiveIntegerField()
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "取り込んだ行"
        constraints = [models.UniqueConstraint(fields=["digest", "occurrence"], name="imported_line_once")]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.occurrence}"


class ImportReference(models.Model):
    """What an id of a file (case, plan, meeting) became here."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    object_id = models.UUIDField()

    class Meta:
        verbose_name = "取り込みの対応"
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="import_reference_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
