import pytest
from django.apps import apps

from foundation.errors import RuleViolation
from network.directory.agencies import add_agency
from network.directory.models import Agency

pytestmark = pytest.mark.usefixtures("owner")


def add(**overrides) -> Agency:
    facts = {
        "name": "見本地域包括支援センター",
        "kind": "comprehensive_support_centre",
        "kana": "みほん",
        "mail_domain": "houkatsu.example",
    }
    return add_agency(**(facts | overrides))


def test_an_agency_is_entered_with_its_kind_and_domain():
    agency = add(mail_domain=" Houkatsu.Example ")

    assert Agency.objects.get() == agency
    assert (agency.kind, agency.mail_domain, agency.active, str(agency)) == (
        "comprehensive_support_centre",
        "houkatsu.example",
        True,
        "見本地域包括支援センター",
    )


def test_entering_the_same_name_again_brings_the_entry_up_to_date():
    first = add()

    second = add(phone="06-0000-0000", kind="shakyo")

    assert second.pk == first.pk
    assert Agency.objects.get().phone == "06-0000-0000"
    assert Agency.objects.get().kind == "shakyo"


def test_a_name_that_is_no_longer_used_may_be_entered_anew():
    add()
    Agency.objects.update(active=False)

    add()

    assert Agency.objects.count() == 2
    assert Agency.objects.filter(active=True).count() == 1


@pytest.mark.parametrize(
    ("overrides", "code", "field"),
    [
        ({"name": "  "}, "name_missing", "name"),
        ({"kind": "bakery"}, "unknown_code", "kind"),
        ({"mail_domain": "not a domain"}, "bad_domain", "mail_domain"),
        ({"mail_domain": "nodot"}, "bad_domain", "mail_domain"),
        ({"mail_domain": "a@b.example"}, "bad_domain", "mail_domain"),
    ],
)
def test_refusals_name_their_rule_and_change_nothing(overrides, code, field):
    with pytest.raises(RuleViolation) as refusal:
        add(**overrides)

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Agency.objects.exists()


def test_the_directory_leads_to_no_person():
    assert not [field for model in apps.get_app_config("directory").get_models() for field in model._meta.get_fields() if field.is_relation]
