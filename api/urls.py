"""With and without the last slash."""

from django.urls import re_path
from drf_spectacular.views import SpectacularAPIView

from api.cases import CaseDetail, CaseList
from api.reports import MonthlyReport
from disclosure.outputs import output

UUID = r"(?P<pk>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"


@output("api.schema", channel="json")
class Schema(SpectacularAPIView):
    """What the API offers; no personal data."""

    urlconf = "config.urls_centre"


app_name = "api"
urlpatterns = [
    re_path(r"^cases/?$", CaseList.as_view(), name="cases"),
    re_path(rf"^cases/{UUID}/?$", CaseDetail.as_view(), name="case"),
    re_path(r"^monthly-reports/(?P<month>[^/]+)/?$", MonthlyReport.as_view(), name="monthly_report"),
    re_path(r"^schema/?$", Schema.as_view(), name="schema"),
]
