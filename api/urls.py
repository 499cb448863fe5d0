"""With and without the last slash."""

from typing import Any

from django.urls import re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.cases import CaseDetail, CaseList
from api.reports import MonthlyReport
from disclosure.outputs import output

UUID = r"(?P<pk>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"


@output("api.schema", channel="json")
class Schema(SpectacularAPIView):
    """What the API offers; no personal data."""

    urlconf = "config.urls_centre"

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """A refusal is JSON here too, though the schema itself is YAML. Any: as in the framework."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.exception:
            response.accepted_renderer = JSONRenderer()
        else:  # drf-spectacular's own name repeats what the query says
            response["Content-Disposition"] = f'inline; filename="tsunagi-openapi.{response.accepted_renderer.format}"'
        return response


app_name = "api"
urlpatterns = [
    re_path(r"^cases/?$", CaseList.as_view(), name="cases"),
    re_path(rf"^cases/{UUID}/?$", CaseDetail.as_view(), name="case"),
    re_path(r"^monthly-reports/(?P<month>[^/]+)/?$", MonthlyReport.as_view(), name="monthly_report"),
    re_path(r"^schema/?$", Schema.as_view(), name="schema"),
]
