from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenants.models import Centre, Domain


@require_GET
def entrance(request: HttpRequest) -> HttpResponse:
    """The page at the bare host: where each centre and headquarters is found. Nobody signs in here."""
    centres = Centre.objects.reachable().order_by("name")
    hosts = dict(Domain.objects.filter(is_primary=True, tenant__in=centres).values_list("tenant_id", "domain"))
    _, colon, port = request.get_host().partition(":")
    places = [(centre, f"//{hosts[centre.pk]}{colon}{port}/") for centre in centres if centre.pk in hosts]
    return render(request, "tenants/entrance.html", {"places": places, "headquarters": f"//{settings.HEADQUARTERS_HOST}/"})
