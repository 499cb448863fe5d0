"""When a client is erased, the names that an imported file had for her cases and plans go too."""

from uuid import UUID

from accounts.models import Account
from casework.cases.models import Case
from casework.clients.models import Client
from casework.history.models import ImportReference
from casework.plans.models import SupportPlan


def forget_names(client: Client, by: Account) -> None:
    forget_again(client.pk)


def forget_again(client: UUID) -> int:
    """A database that was restored knows them once more, and no key closes them. Returns how many went."""
    cases = Case.objects.filter(client=client).values("pk")
    plans = SupportPlan.objects.filter(case__client=client).values("pk")
    gone, _ = ImportReference.objects.filter(object_id__in=cases.union(plans)).delete()
    return gone
