"""Making the demo's three centres, headquarters and two partner agencies, each through the functions that make real ones."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from accounts.guests import LONGEST, invite_guest, verify_guest
from accounts.members import add_member
from accounts.models import Account
from casework.cases.models import Case, Stage
from casework.clients.models import ContactWay
from casework.protection.parties import PartyFacts, add_adverse_party
from casework.protection.protections import add_secret_place, protect
from deploy.demo_data import sign_ins, words
from deploy.demo_data.noticing import look_odd
from deploy.demo_data.sign_ins import Centre, Person
from deploy.demo_data.story import Staff, Story
from deploy.demo_data.words import sample
from disclosure import gate
from foundation import clock
from headquarters.releases import release_due_months
from network.collaboration.grants import share_referral
from network.collaboration.models import FieldGroup, GuestGrant
from network.collaboration.referrals import consent_to_share, refer_client
from network.directory.agencies import add_agency
from network.directory.models import Agency
from tenants.activation import centre_active, headquarters_active, owner_active
from tenants.models import Centre as OpenedCentre
from tenants.models import Corporation
from tenants.opening import NewCentre, open_centre
from vault import keys

WARM_UP_MONTHS = 3
"""The story begins before the fiscal year, so that a year's plans stand against a year's consultations."""


def open_demo(*, domain: str, as_of: date) -> None:
    """Centres, directory, staff, headquarters and guests; what is there already is left alone."""
    with owner_active():
        for centre in sign_ins.CENTRES:
            if not OpenedCentre.objects.filter(schema_name=centre.schema).exists():
                open_centre(_new_centre(centre, domain, as_of))
        for _, _, agency, kind in sign_ins.GUESTS:
            add_agency(name=agency, kind=kind)
    for centre in sign_ins.CENTRES:
        with centre_active(centre.schema):
            for person in sign_ins.staff_of(centre):
                _add_person(person, centre, as_of)
    with headquarters_active():
        for account, name, role in sign_ins.HEADQUARTERS:
            _add(f"{account}@hq.example.jp", name, role, None, as_of)


def live_centre(centre: Centre, *, as_of: date, progress: Callable[[date], None]) -> None:
    """The centre's past up to the day, if it has none yet, and at the first centre the guests with the one referral shared.

    All of it or, when killed on the way, nothing.
    """
    with centre_active(centre.schema):
        if Case.objects.exists():
            return
        with keys.unmade_on_failure(), transaction.atomic():
            rng = Random(f"{centre.seed} {as_of}")  # noqa: S311 - invented people, the same ones every time
            story = Story(centre.municipality, _staff(centre), rng, first_day(as_of), as_of, progress)
            story.live()
            release_due_months(as_of)
            if centre == sign_ins.CENTRES[0]:
                _let_guests_in(as_of)
        look_odd(centre, as_of=as_of)


def first_day(as_of: date) -> date:
    """Three months before the last full fiscal year."""
    return clock.add_months(date(clock.fiscal_year(as_of) - 1, 4, 1), -WARM_UP_MONTHS)


def _new_centre(centre: Centre, domain: str, as_of: date) -> NewCentre:
    year = clock.fiscal_year(as_of)
    return NewCentre(
        schema=centre.schema,
        name=centre.name,
        host=f"{centre.schema}.{domain}",
        municipality=centre.municipality,
        corporations=centre.corporations,
        contract_from=date(year - 2, 4, 1),
        contract_until=date(year + 2, 3, 31),
    )


def _add_person(person: Person, centre: Centre, as_of: date) -> None:
    employer = Corporation.objects.get(name=centre.corporations[person.employer])
    account = _add(person.email, person.name, person.role, employer, as_of)
    if account and person.has_totp:
        TOTP.activate(account, sign_ins.TOTP_SECRET)


def _add(email: str, name: str, role: str, employer: Corporation | None, as_of: date) -> Account | None:
    if Account.objects.filter(email=email).exists():
        return None
    membership = add_member(
        email=email, name=name, roles=[role], by=None, from_date=first_day(as_of), employer=employer, password=sign_ins.PASSWORD
    )
    return membership.account


def _staff(centre: Centre) -> Staff:
    people = {person.email: person.role for person in sign_ins.staff_of(centre)}
    accounts = {account.email: account for account in Account.objects.filter(email__in=people)}
    of_role = {role: [accounts[email] for email, one in people.items() if one == role] for role in ("chief_counsellor", "counsellor")}
    return Staff(chief=of_role["chief_counsellor"][0], counsellors=of_role["counsellor"])


def _let_guests_in(as_of: date) -> None:
    admin = Account.objects.get(memberships__roles__contains=["centre_admin"])
    until = as_of + LONGEST
    guests = []
    for account, name, agency_name, _ in sign_ins.GUESTS:
        agency = Agency.objects.get(name=agency_name)
        entry = invite_guest(
            email=sign_ins.guest_email(account), name=name, agency_id=agency.pk, agency_name=agency.name, until_date=until,
            by=admin, today=as_of, password=sign_ins.PASSWORD,
        )  # fmt: skip
        verify_guest(entry, by=admin, today=as_of)
        guests.append((entry.account, agency))
    _share_one(*guests[0], as_of)
    _protect_one(as_of)


def _protect_one(as_of: date) -> None:
    """One invented person in flight, so that the pages of a protected case can be seen: her places, and whom she fled from."""
    shared = GuestGrant.objects.values("referral__case")
    with_address = ContactWay.objects.filter(kind="address", ended_on=None).values("client")
    rows = Case.objects.filter(stage__in=Stage.open(), client__in=with_address).exclude(pk__in=shared)
    case = rows.select_related("owner", "client").order_by("-received_on", "-sequence")[0]
    protect(case, kind="dv", words=sample("元夫から逃れて転居した。"), until_on=clock.add_months(as_of, 12), by=case.owner, today=as_of)
    for kind, value, aliases in (
        ("home", "見本ひなたハウス（見本）", ("ひなたはうす",)),
        ("school", "見本みなと小学校（見本）", ("みなと小", "みなとしょう")),
        ("phone", "090-0000-9999", ()),
    ):
        add_secret_place(case, kind=kind, value=value, aliases=aliases, by=case.owner, today=as_of)
    facts = PartyFacts(name="追川 見本夫（見本）", kana="おいかわ みほお", phones=["070-0000-9998"])
    add_adverse_party(case, relation="spouse", facts=facts, by=case.owner, today=as_of)


def _share_one(guest: Account, agency: Agency, as_of: date) -> None:
    """One referral, for one guest, for 30 days; the second guest has nothing shared with her."""
    case = next(
        case
        for case in Case.objects.filter(stage=Stage.SUPPORTING).select_related("owner", "client").order_by("-received_on", "-sequence")
        if consent_to_share(case, as_of) is not None
    )
    with transaction.atomic():
        (client,) = gate.compute([case.client], rule="demo.share", by=None, fields=("name", "kana"))
    referral = refer_client(
        case,
        agency=agency,
        name=client.name,
        kana=client.kana or "",
        reason=sample(words.REFERRED),
        content=sample(words.HANDED),
        follow_up_on=as_of + timedelta(days=14),
        on=as_of,
        by=case.owner,
        today=as_of,
    )
    share_referral(
        referral, guest=guest, groups=[group.value for group in FieldGroup], until=as_of + timedelta(days=30), by=case.owner, today=as_of
    )
