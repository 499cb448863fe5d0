"""When a client is erased, the names that an imported file had for her cases and plans go too."""

from accounts.models import Account
from casework.cases.models import Case
from casework.clients.models import Client
from casework.history.models import ImportReference
from casework.plans.models import SupportPlan


def forget_names(client: Client, by: Account) -> None:
    cases = Case.objects.filter(client=client).values("pk")
    plans = SupportPlan.objects.filter(case__client=client).values("pk")
    ImportReference.objects.filter(object_id__in=cases.union(plans)).delete()
