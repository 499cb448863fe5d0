"""What lies in the store for nobody: of clients who were erased, and of rows that never came about."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from casework.attachments.models import StoredFile
from files import store
from vault.keys import current_centre

KEPT = timedelta(days=40)  # longer than any backup whose rows may come back


def delete_of(client: UUID) -> int:
    """All objects of an erased client, removed files too; once more is no harm. Returns how many. Raises StoreAway."""
    found = StoredFile.objects.filter(case__client=client).values_list("original_object", "copy_object")
    objects = [object_id for pair in found for object_id in pair if object_id is not None]
    for object_id in objects:
        store.delete(current_centre(), object_id)
    return len(objects)


def sweep() -> int:
    """Old objects of the active centre that no row knows: nobody has their keys. Raises StoreAway."""
    old = [object_id for object_id, put_at in store.listed(current_centre()) if put_at < timezone.now() - KEPT]
    known: set[UUID | None] = set()
    for start in range(0, len(old), 1000):
        asked = old[start : start + 1000]
        rows = StoredFile.objects.filter(Q(original_object__in=asked) | Q(copy_object__in=asked))
        known |= {object_id for pair in rows.values_list("original_object", "copy_object") for object_id in pair}
    left = [object_id for object_id in old if object_id not in known]
    for object_id in left:
        store.delete(current_centre(), object_id)
    return len(left)
