"""On the page of a case: that she was erased, or where to ask for it."""

from accounts.models import Account
from casework.cases.cards import Facts
from casework.cases.models import Case
from casework.erasures.erasures import can_ask
from casework.erasures.models import ErasureRequest, ErasureState


def facts(case: Case, viewer: Account) -> Facts | None:
    """Nothing while the case is open, and nothing for those who cannot ask until it has happened. One query, for closed cases."""
    if case.is_open:
        return None
    request = ErasureRequest.objects.filter(client=case.client_id).order_by("-asked_at").first()
    settled = request if request and request.state != ErasureState.ASKED else None
    may_ask = can_ask(viewer, case) and settled is None
    return {"erasure": settled, "may_ask": may_ask} if settled or may_ask else None
