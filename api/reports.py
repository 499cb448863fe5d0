"""The monthly report by the identifiers of its series."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from casework.reporting.months import Month
from casework.reporting.reports import make_report
from disclosure.outputs import output
from foundation import clock

MONTH = OpenApiParameter(
    "month", {"type": "string", "pattern": "^2[01][0-9]{2}-(0[1-9]|1[0-2])$"}, OpenApiParameter.PATH, description="対象の月（例 2026-05）"
)


class MonthlyReportSerializer(serializers.Serializer[Any]):
    centre = serializers.CharField()
    month = serializers.CharField()
    series = serializers.DictField()


@output("api.monthly_report", channel="json")
class MonthlyReport(GenericAPIView[Any]):
    serializer_class = MonthlyReportSerializer
    pagination_class = None

    @extend_schema(operation_id="read_monthly_report", parameters=[MONTH])
    def get(self, request: Request, month: str) -> Response:
        figures = make_report(Month.parse(month), by=request.user, channel="json", today_month=Month.of(clock.today()))  # type: ignore[arg-type]  # MayUseApi: an account
        tenant = request._request.tenant  # type: ignore[attr-defined]  # set by the host middleware
        return Response(self.get_serializer({"centre": tenant.schema_name, "month": month, "series": figures.as_series()}).data)
