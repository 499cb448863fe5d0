"""What the trail is read by: time, who, whose."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.AddIndex("auditline", models.Index(fields=["at"], name="audit_by_time")),
        migrations.AddIndex("auditline", models.Index(fields=["actor", "at"], name="audit_by_actor")),
        migrations.AddIndex("auditline", GinIndex(fields=["subjects"], name="audit_by_subject")),
    ]
