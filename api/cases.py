"""Cases, as far as the asker may see them: her care team's, and for the chief all of the centre."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from casework.cases.access import find_case
from casework.cases.models import Case, Stage
from casework.clients.models import ContactWay
from disclosure import gate
from disclosure.outputs import output


class CaseFilter(filters.FilterSet):
    stage = filters.MultipleChoiceFilter(choices=Stage.choices)
    received_from = filters.DateFilter(field_name="received_on", lookup_expr="gte")
    received_until = filters.DateFilter(field_name="received_on", lookup_expr="lte")

    class Meta:
        model = Case
        fields: list[str] = []


class PersonSerializer(serializers.Serializer[Any]):
    """Plain serializers over what the gate opened, never over the models themselves."""

    name = serializers.CharField(allow_null=True)
    kana = serializers.CharField(allow_null=True)


class CaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.CharField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    received_on = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True)
    owner = serializers.CharField(source="owner.name")
    client = PersonSerializer()


class ContactWaySerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    value = serializers.CharField()
    safe_to_use = serializers.CharField()


class FullPersonSerializer(PersonSerializer):
    birth_date = serializers.DateField(allow_null=True)
    sex = serializers.CharField()
    contact_ways = ContactWaySerializer(many=True)


class PlanSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    agreed_on = serializers.DateField(allow_null=True)
    decided_on = serializers.DateField(allow_null=True)
    is_employment_target = serializers.BooleanField()


class CaseDetailSerializer(CaseSerializer):
    route = serializers.CharField()
    memo = serializers.CharField(allow_null=True)
    concerns = serializers.ListField(child=serializers.CharField(), allow_null=True)
    main_concern = serializers.CharField(allow_null=True)
    applied_on = serializers.DateField(allow_null=True)
    closing_reason = serializers.CharField()
    version = serializers.IntegerField()
    client = FullPersonSerializer()
    plans = PlanSerializer(many=True)


@output("api.cases", channel="json")
class CaseList(GenericAPIView[Case]):
    serializer_class = CaseSerializer
    filter_backends = (filters.DjangoFilterBackend,)
    filterset_class = CaseFilter

    def get_queryset(self) -> Any:  # Any: the manager's own queryset
        if getattr(self, "swagger_fake_view", False):
            return Case.objects.none()
        cases = Case.objects.visible_to(self.request.user).select_related("client", "owner")  # type: ignore[arg-type]  # MayUseApi: an account
        return cases.order_by("-received_on", "-sequence")

    @extend_schema(operation_id="list_cases", responses=CaseSerializer(many=True))
    def get(self, request: Request) -> Response:
        page: list[Case] = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        opened = gate.reveal([case.client for case in page], viewer=request.user, channel="json", fields={"name", "kana"})
        rows = [{**_facts(case), "client": client} for case, client in zip(page, opened, strict=True)]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


@output("api.case", channel="json")
class CaseDetail(GenericAPIView[Case]):
    serializer_class = CaseDetailSerializer
    pagination_class = None

    @extend_schema(operation_id="read_case")
    def get(self, request: Request, pk: UUID) -> Response:
        case = find_case(request.user, pk)  # type: ignore[arg-type]  # MayUseApi: an account
        ways = list(ContactWay.objects.filter(client=case.client, ended_on=None).order_by("kind", "pk"))
        opened, client, *contacts = gate.reveal([case, case.client, *ways], viewer=request.user, channel="json")
        person = {"name": client.name, "kana": client.kana, "birth_date": client.birth_date, "sex": client.sex, "contact_ways": contacts}
        facts = {
            name: getattr(opened, name) for name in ("route", "memo", "concerns", "main_concern", "applied_on", "closing_reason", "version")
        }
        plans = case.plans.order_by("number").values("id", "number", "state", "agreed_on", "decided_on", "is_employment_target")
        return Response(self.get_serializer({**_facts(case), **facts, "client": person, "plans": list(plans)}).data)


def _facts(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in ("id", "number", "stage", "received_on", "closed_on", "owner")}
