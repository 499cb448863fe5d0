from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.gatekeeping import StaffRequest, guest_page, staff_page
from accounts.step_up import fresh_factor
from audit import trail
from audit.reading import last_opened
from casework.cases.access import find_case
from casework.cases.answers import posted, status_of, take
from disclosure import gate
from disclosure.outputs import output
from foundation import clock, parameters
from foundation.errors import RuleViolation
from network.collaboration.forms import AnswerForm, ReferralForm, ResumeForm, ShareForm
from network.collaboration.grants import end_share, share_referral
from network.collaboration.models import GuestGrant, Referral
from network.collaboration.opening import grants_open_to
from network.collaboration.pauses import resume_share
from network.collaboration.referrals import can_refer, consent_to_share, record_answer, refer_client


@output("collaboration.refer", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def refer(request: StaffRequest, pk: UUID) -> HttpResponse:
    case, today = find_case(request.user, pk), clock.today()
    (client,) = gate.reveal([case.client], viewer=request.user, channel="screen")
    follow_up = today + timedelta(days=int(parameters.get("referral.follow_up_days", on=today)))
    given = {"name": client.name, "kana": client.kana, "referred_on": today, "follow_up_on": follow_up}
    form = ReferralForm(posted(request), initial=given)
    if form.is_valid():
        facts = {"on" if name == "referred_on" else name: value for name, value in form.cleaned_data.items()}
        try:
            referral = refer_client(case, by=request.user, today=today, **facts)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "つなぎを記録しました。相手の人に見せるときは「共有する」を押してください。")
            return redirect("collaboration:referral", referral.pk)
    context = {
        "case": case,
        "client": client,
        "form": form,
        "consent": consent_to_share(case, today),
        "may_refer": can_refer(request.user, case),
    }
    return render(request, "collaboration/refer.html", context, status=status_of(form))


@output("collaboration.referral", channel="screen")
@require_GET
@staff_page
def referral(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _referral_page(request, _find_referral(request, pk, to_look=True))


@output("collaboration.answer", channel="screen")
@require_POST
@staff_page
def answer(request: StaffRequest, pk: UUID) -> HttpResponse:
    found, form = _find_referral(request, pk), AnswerForm(request.POST)
    if form.is_valid():
        try:
            record_answer(
                found, answer=form.cleaned_data["answer"], on=form.cleaned_data["answered_on"], by=request.user, today=clock.today()
            )
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "返答を記録しました。")
            return redirect("collaboration:referral", pk)
    return _referral_page(request, found, answer_form=form, status=status_of(form))


@output("collaboration.share", channel="screen")
@require_POST
@staff_page
def share(request: StaffRequest, pk: UUID) -> HttpResponse:
    return _share(request, _find_referral(request, pk))


@fresh_factor
def _share(request: StaffRequest, found: Referral) -> HttpResponse:
    """What leaves the centre leaves by somebody who has just shown that it is she."""
    form = ShareForm(request.POST, referral=found)
    if form.is_valid():
        chosen = form.cleaned_data
        try:
            share_referral(
                found, guest=chosen["guest"], groups=chosen["groups"], until=chosen["until_date"], by=request.user, today=clock.today()
            )
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "共有しました。")
            return redirect("collaboration:referral", found.pk)
    return _referral_page(request, found, share_form=form, status=status_of(form))


@output("collaboration.share_end", channel="screen")
@require_POST
@staff_page
def share_end(request: StaffRequest, pk: UUID) -> HttpResponse:
    grant = get_object_or_404(GuestGrant.objects.select_related("referral"), pk=pk)
    found = _find_referral(request, grant.referral_id)
    end_share(grant, by=request.user, today=clock.today())
    messages.success(request, "共有を終えました。相手はもう開けません。")
    return redirect("collaboration:referral", found.pk)


@output("collaboration.share_decide", channel="screen")
@require_http_methods(["GET", "POST"])
@staff_page
def share_decide(request: StaffRequest, pk: UUID) -> HttpResponse:
    """A share that stopped when the client came under protection: going on needs a reason, ending it does not."""
    grant = get_object_or_404(GuestGrant.objects.select_related("referral__agency", "guest", "granted_by"), pk=pk)
    return _decide_share(request, _find_referral(request, grant.referral_id), grant)


@fresh_factor
def _decide_share(request: StaffRequest, found: Referral, grant: GuestGrant) -> HttpResponse:
    form = ResumeForm(posted(request))
    if form.is_valid():
        try:
            resume_share(grant, reason=form.cleaned_data["reason"], by=request.user, today=clock.today())
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "共有を再開しました。")
            return redirect("collaboration:referral", found.pk)
    opened, client = gate.reveal([found, found.case.client], viewer=request.user, channel="screen")
    context = {"case": found.case, "client": client, "referral": opened, "grant": grant, "form": form}
    return render(request, "collaboration/share_decide.html", context, status=status_of(form))


@output("collaboration.shared", channel="screen")
@require_GET
@guest_page
def shared(request: StaffRequest) -> HttpResponse:
    """The guest's home: what is open to her today, by its sender and date; names stand inside."""
    grants = grants_open_to(request.user).select_related("referral", "granted_by")
    page = Paginator(grants.order_by("-from_date", "pk"), 50).get_page(request.GET.get("page"))
    shown = [grant.referral for grant in page]
    trail.record_read("grants.listed", by=request.user, channel="screen", purpose="shared", about=shown)
    return render(request, "collaboration/shared.html", {"page": page})


@output("collaboration.shared_detail", channel="screen")
@require_GET
@guest_page
def shared_detail(request: StaffRequest, pk: UUID) -> HttpResponse:
    grant = grants_open_to(request.user).filter(referral=pk).select_related("referral__case", "granted_by", "referral__agency").first()
    if grant is None:
        trail.record_refusal("referral.refused", by=request.user, channel="screen", target=str(pk))
        raise Http404
    (opened,) = gate.reveal([grant.referral], viewer=request.user, channel="screen", purpose="shared")
    return render(request, "collaboration/shared_detail.html", {"grant": grant, "referral": opened})


def _find_referral(request: StaffRequest, pk: UUID, *, to_look: bool = False) -> Referral:
    """The referral of a case this account may open; everything else is the case's own refusal."""
    found = Referral.objects.select_related("agency", "consent", "referred_by").filter(pk=pk).first()
    if found is None:
        trail.record_refusal("referral.refused", by=request.user, channel="screen", target=str(pk))
        raise Http404
    found.case = find_case(request.user, found.case_id, to_look=to_look)
    return found


def _referral_page(
    request: StaffRequest, found: Referral, *, answer_form: AnswerForm | None = None, share_form: ShareForm | None = None, status: int = 200
) -> HttpResponse:
    today = clock.today()
    grants = list(found.grants.select_related("guest", "granted_by").order_by("-from_date", "-until_date")[:50])
    for grant in grants:
        grant.referral = found
    opened, client, *shares = gate.reveal([found, found.case.client, *grants], viewer=request.user, channel="screen")
    seen = last_opened(found, by={grant.guest_id for grant in grants})
    until = today + timedelta(days=30)
    context = {
        "case": found.case,
        "client": client,
        "referral": opened,
        "grants": [(share, seen.get(share.guest_id)) for share in shares],
        "today": today,
        "may_work": can_refer(request.user, found.case),
        "answer_form": answer_form or AnswerForm(initial={"answered_on": today}),
        "share_form": share_form or ShareForm(referral=found, initial={"until_date": until, "groups": ["identity", "reason", "content"]}),
    }
    return render(request, "collaboration/referral.html", context, status=status)
