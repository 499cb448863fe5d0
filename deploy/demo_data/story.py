"""A centre's invented past, lived day by day through the domain functions, so that its figures and its 今日 are real.

Quotas, not dice, decide how many people get a plan, aim at work and find it: the totals follow the published ratios
(plans 25.8 % of new consultations, re-plans included, targets 50.9 % of plans, work or income 43.3 % of targets; FY2015-2022).
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

from accounts.models import Account
from casework.cases.applications import ConsentFacts, apply_for_support
from casework.cases.assessments import assess_case
from casework.cases.care_team import RECEIVED_AGAIN, join_team, note_team_seen
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Case
from casework.cases.outcomes import record_outcome
from casework.cases.reception import receive_person
from casework.cases.records import record_support
from casework.cases.screening import screen_case
from casework.meetings import agenda
from casework.meetings.decisions import decide_plan, report_emergency_start
from casework.meetings.meetings import call_meeting, hold_meeting
from casework.meetings.models import MeetingKind, SupportCoordinationMeeting
from casework.plans.agreements import agree_plan
from casework.plans.closing import close_case
from casework.plans.decisions import record_decision
from casework.plans.evaluations import evaluate_plan
from casework.plans.models import PlanState, SupportPlan
from casework.plans.monitoring import monitor_plan
from casework.plans.parts import ActionFacts, GoalFacts
from casework.plans.plans import make_plan, revise_plan
from deploy.demo_data import words
from deploy.demo_data.people import invent_person
from deploy.demo_data.words import sample
from foundation import clock
from headquarters.releases import release_due_months

NEW_A_MONTH = 16.7
SEASON = (1.05, 0.9, 0.95, 1.25, 1.0, 1.05, 1.1, 0.85, 0.95, 1.0, 0.9, 1.0)  # January to December, mean 1
FIRST_PLANS, TARGETS, WORK = 0.225, 0.509, 0.433
TRAITS = [
    "economic_hardship",
    "debt",
    "budget_management",
    "job_search_difficulty",
    "unstable_housing",
    "illness",
    "social_isolation",
    "family_problem",
]
SERVICES = [
    "rent_subsidy",
    "budget_support",
    "employment_support",
    "work_readiness",
    "welfare_fund_loan",
    "osaka_job_support",
    "legal_advice",
]
CHANGES = ["relief", "budget_improved", "motivation_improved", "housing_stabilised", "goal_found", "sos_possible"]
METHODS = ["phone", "visit_accompany", "interview", "partner_contact", "partner_meeting", "mail_sns", "internal_meeting"]
ATTENDEES = ["centre", "municipality", "shakyo"]


def quota(share: float) -> Iterator[bool]:
    """True in exactly that share of any long run, evenly spread."""
    due = share / 2
    while True:
        due += share
        yield due >= 1
        due -= due >= 1


@dataclass
class Staff:
    chief: Account
    counsellors: list[Account]


@dataclass
class Story:
    city: str
    staff: Staff
    rng: Random
    first: date
    today: date
    progress: Callable[[date], None]
    day: date = field(init=False)
    received: int = 0
    expected: float = 0.0
    steps: list[tuple[date, int, Callable[[], None]]] = field(default_factory=list)
    order: "count[int]" = field(default_factory=count)
    former: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gets_plan, self.is_target, self.finds_work = quota(FIRST_PLANS), quota(TARGETS), quota(WORK)

    def live(self) -> None:
        """Every day from the first to today: who comes, what is due, the meetings, the month's release."""
        self.day = self.first
        while self.day <= self.today:
            self.expected += NEW_A_MONTH * SEASON[self.day.month - 1] / 30.4
            if self.day.day == 10:
                release_due_months(self.day)
            if clock.is_business_day(self.day):
                self._receive()
                self._hold_meeting()
            self._take_steps()
            self.day += timedelta(days=1)
            if self.day.day == 1:
                self.progress(self.day)
        self.day = self.today
        self._start_one_early()
        self._call_next_meeting()

    # -- time -------------------------------------------------------------------

    def later(self, days: int, step: Callable[[], None]) -> None:
        """After so many days, moved to the next day on which the office is open."""
        when = clock.business_day_on_or_after(self.day + timedelta(days=days))
        heapq.heappush(self.steps, (when, next(self.order), step))

    def _take_steps(self) -> None:
        while self.steps and self.steps[0][0] <= self.day:
            heapq.heappop(self.steps)[2]()

    # -- reception --------------------------------------------------------------

    def _receive(self) -> None:
        """As many as the season brings, unevenly over its days; what one day lacks comes later."""
        while self.received < self.expected - self.rng.random() * 3:
            self._receive_one()

    def _receive_one(self) -> None:
        self.received += 1
        owner = self.rng.choice([*self.staff.counsellors * 4, self.staff.chief])  # the chief has cases of her own, too
        returning = self.former and self.rng.random() < 0.03
        concerns = self.rng.sample(sorted(words.HEARD), self.rng.choice([1, 1, 2, 2, 3]))
        gets_plan = next(self.gets_plan)
        invented = invent_person(self.rng, self.received, city=self.city, on=self.day, is_named=gets_plan)
        who = (
            {"previous": self.former.pop(0)}
            if returning
            else {"person": invented.facts, "contact_ways": invented.ways, "caller": invented.caller}
        )
        case = receive_person(
            memo=sample(" ".join(words.HEARD[concern] for concern in concerns)),
            route=self.rng.choices(
                ["self_visit", "self_remote", "family_visit", "family_remote", "partner_referral", "outreach"], [34, 26, 6, 8, 21, 5]
            )[0],
            concerns=concerns,
            main_concern=concerns[0],
            urgency="today" if "no_food" in concerns else "normal",
            on=self.day,
            today=self.day,
            by=owner,
            **who,
        )
        if case.previous is not None:
            self._look_at_return(case.previous)
        self.later(self.rng.choice([0, 0, 1, 2, 4]), partial(self._screen, case, owner, gets_plan=gets_plan))

    def _look_at_return(self, previous: Case) -> None:
        for duty in previous.duties.filter(kind=RECEIVED_AGAIN, closed_on=None).select_related("assigned_to"):
            if duty.assigned_to is not None:
                note_team_seen(previous, by=duty.assigned_to)

    def _screen(self, case: Case, by: Account, *, gets_plan: bool) -> None:
        others = self.rng.choices(["info_only", "referred", "consent_pending", "lost_before_screening"], [54, 36, 6, 4])[0]
        result = "continue_plan" if gets_plan else others
        screen_case(case, result=result, on=self.day, today=self.day, by=by)
        self._record(case, by, self.rng.choice(["phone", "interview"]))
        if gets_plan:
            self.later(self.rng.randint(1, 7), partial(self._apply, case, by))
        elif result == "consent_pending":
            self.later(self.rng.randint(14, 40), partial(self._screen_again, case, by))

    def _screen_again(self, case: Case, by: Account) -> None:
        """Whoever was not ready to consent is heard again: helped with a word, handed over, or out of reach."""
        result = self.rng.choices(["info_only", "referred", "lost_before_screening"], [50, 35, 15])[0]
        screen_case(case, result=result, on=self.day, today=self.day, by=by)

    # -- from application to plan -------------------------------------------------

    def _apply(self, case: Case, by: Account) -> None:
        consents = [ConsentFacts("information_sharing", sample("市・社協・支援調整会議の出席機関"))]
        apply_for_support(case, consents=consents, on=self.day, today=self.day, by=by)
        if self.rng.random() < 0.12:
            start_support_early(
                case, agreed_on=self.day, content=sample(self.rng.choice(words.EMERGENCY)), on=self.day, today=self.day, by=by
            )
        if self.rng.random() < 0.35:
            colleague = self.rng.choice([one for one in self.staff.counsellors if one != by])
            join_team(case, colleague, by=self.staff.chief, today=self.day)
            self.later(1, partial(note_team_seen, case, by=by))
        self.later(self.rng.randint(2, 9), partial(self._assess, case, by))

    def _assess(self, case: Case, by: Account) -> None:
        sections = {
            "complaint": {"wishes": sample(self.rng.choice(words.WISHES))},
            "family": {
                "housing": self.rng.choice(["rented", "public_rented", "owned"]),
                "cohabitants": self.rng.choice(["yes", "no", "not_asked"]),
            },
            "health": {"state": self.rng.choice(["good", "poor", "under_treatment", "not_asked"])},
            "money": {"arrears": self.rng.choice(["yes", "no"]), "debts": self.rng.choice(["yes", "no", "not_asked"])},
            "work": {"status": self.rng.choice(["working", "seeking", "not_seeking"])},
        }
        assess_case(
            case,
            sections=sections,
            issue_traits=self.rng.sample(TRAITS, self.rng.randint(2, 4)),
            summary=sample(self.rng.choice(words.SUMMARIES)),
            direction=sample("生活を整えながら、本人の希望を一緒に形にする。"),
            on=self.day,
            today=self.day,
            by=by,
        )
        self.later(self.rng.randint(3, 12), partial(self._plan, case, by))

    def _plan(self, case: Case, by: Account) -> None:
        is_target = next(self.is_target)
        plan = make_plan(
            case,
            wishes=sample(self.rng.choice(words.WISHES)),
            issues=sample(self.rng.choice(words.ISSUES)),
            cautions=sample(self.rng.choice(words.CAUTIONS)),
            goals=[
                GoalFacts(sample(text), self.day + timedelta(days=self.rng.randint(80, 240)))
                for text in self.rng.sample(words.GOALS, self.rng.randint(1, 3))
            ],
            actions=[ActionFacts(sample(text), actor) for text, actor in self.rng.sample(words.ACTIONS, self.rng.randint(2, 3))],
            service_uses=sorted({*self.rng.sample(SERVICES, self.rng.randint(0, 2)), *(["employment_support"] if is_target else [])}),
            is_employment_target=is_target,
            on=self.day,
            today=self.day,
            by=by,
        )
        self.later(self.rng.randint(0, 5), partial(self._agree, plan, by))

    def _agree(self, plan: SupportPlan, by: Account) -> None:
        plan.refresh_from_db()
        if plan.state == PlanState.TO_REVISE:
            revise_plan(plan, version=plan.version, cautions=sample("目標の時期を本人と確かめた。"), by=by, today=self.day)
        agree_plan(plan, on=self.day, today=self.day, by=by)

    # -- the meeting --------------------------------------------------------------

    def _hold_meeting(self) -> None:
        """Every second and fourth Wednesday, called by the chief on the day before."""
        if self.day == self.today or self.day.weekday() != 2 or (self.day.day - 1) // 7 not in {1, 3}:
            return
        day: dict[str, Any] = {"by": self.staff.chief, "today": self.day}
        meeting = call_meeting(
            held_on=self.day, kind=MeetingKind.REGULAR, starts_at=time(14), place="会議室（見本）", attendees=ATTENDEES, **day
        )
        for start in list(agenda.waiting_starts(self.day)):
            report_emergency_start(meeting, start, **day)
        for plan in list(agenda.waiting_plans(self.day)):
            self._deliberate(meeting, plan)
        meeting.refresh_from_db()
        hold_meeting(
            meeting,
            attendees=ATTENDEES,
            attendee_names=sample("市 例示さん、社協 見本さん"),
            remarks=sample("次回も同じ時間に開く。"),
            version=meeting.version,
            **day,
        )

    def _deliberate(self, meeting: SupportCoordinationMeeting, plan: SupportPlan) -> None:
        decision = self.rng.choices(["approved", "to_revise", "held"], [88, 8, 4])[0]
        reason = sample(words.MEETING_REASONS[decision]) if decision != "approved" else ""
        decide_plan(meeting, plan, decision=decision, reason=reason, minutes="", by=self.staff.chief, today=self.day)
        owner = plan.case.owner
        if decision == "approved":
            self.later(self.rng.randint(2, 8), partial(self._decide, plan, owner))
        elif decision == "to_revise":
            self.later(self.rng.randint(2, 6), partial(self._agree, plan, owner))

    def _call_next_meeting(self) -> None:
        """The one that is coming, so that its agenda already fills itself."""
        day = self.today + timedelta(days=1)
        while day.weekday() != 2 or (day.day - 1) // 7 not in {1, 3} or not clock.is_business_day(day):
            day += timedelta(days=1)
        call_meeting(
            held_on=day,
            kind=MeetingKind.REGULAR,
            starts_at=time(14),
            place="会議室（見本）",
            attendees=ATTENDEES,
            by=self.staff.chief,
            today=self.today,
        )

    def _start_one_early(self) -> None:
        """Support begun since the last meeting, so that its red clock runs and the next agenda has found it."""
        on = clock.business_day_on_or_after(self.today - timedelta(days=6))
        waiting = Case.objects.filter(stage__in=["applied", "assessed", "planning"], applied_on__lte=on, emergency_starts=None)
        case = waiting.select_related("owner").order_by("-received_on", "-sequence").first()
        if case is not None:
            content = sample(self.rng.choice(words.EMERGENCY))
            start_support_early(case, agreed_on=on, content=content, on=on, today=self.today, by=case.owner)

    # -- support ------------------------------------------------------------------

    def _decide(self, plan: SupportPlan, by: Account) -> None:
        kind = "decision" if self.rng.random() < 0.6 else "confirmation"
        plan = record_decision(plan, decision_kind=kind, on=self.day, today=self.day, by=by)
        for days in range(self.rng.randint(5, 20), 180, self.rng.randint(12, 30)):
            self.later(days, partial(self._record_in_plan, plan, by))
        self._monitor_later(plan, by)
        if plan.is_employment_target and next(self.finds_work):
            kind = "started_work" if self.rng.random() < 0.78 else "income_increase"
            self.later(self.rng.randint(20, 50), partial(self._outcome, plan, kind, by))
        self.later(self.rng.randint(150, 230), partial(self._evaluate, plan, by))

    def _record_in_plan(self, plan: SupportPlan, by: Account) -> None:
        self._record(plan.case, by, self.rng.choices(METHODS, [34, 18, 22, 12, 4, 6, 4])[0])

    def _record(self, case: Case, by: Account, method: str) -> None:
        record_support(
            case,
            method=method,
            minutes=self.rng.choice([15, 20, 30, 45, 60]),
            started_at=time(self.rng.randint(9, 16), self.rng.choice([0, 10, 15, 30, 45])),
            text=sample(self.rng.choice(words.RECORDED[method])),
            on=self.day,
            today=self.day,
            by=by,
        )

    def _monitor(self, plan: SupportPlan, by: Account) -> None:
        plan.refresh_from_db()
        if plan.state == PlanState.DECIDED:
            next_on = clock.add_months(self.day, 3)
            monitor_plan(plan, content=sample(self.rng.choice(words.CHECKED)), next_on=next_on, on=self.day, today=self.day, by=by)
            self._monitor_later(plan, by)

    def _monitor_later(self, plan: SupportPlan, by: Account) -> None:
        """Some in time and some a week late, as in life: so somebody's first page always has something that waits."""
        self.later(self.rng.randint(86, 104), partial(self._monitor, plan, by))

    def _outcome(self, plan: SupportPlan, kind: str, by: Account) -> None:
        record_outcome(plan.case, kind=kind, on=self.day, today=self.day, by=by)

    def _evaluate(self, plan: SupportPlan, by: Account) -> None:
        outcome = self.rng.choices(["closed", "replan", "suspended"], [62, 32, 6])[0]
        results = [self.rng.choice(["achieved", "achieved", "partly", "not_achieved"]) for _ in plan.goals.all()]
        evaluate_plan(
            plan,
            outcome=outcome,
            goal_results=results,
            changes=self.rng.sample(CHANGES, self.rng.randint(1, 3)),
            reason=sample("目標の進み具合を本人と確かめて決めた。"),
            on=self.day,
            today=self.day,
            by=by,
        )
        if outcome == "closed":
            self.later(self.rng.randint(1, 6), partial(self._close, plan.case, by))
        elif outcome == "replan":
            self.later(self.rng.randint(2, 8), partial(self._plan, plan.case, by))

    def _close(self, case: Case, by: Account) -> None:
        reason = self.rng.choices(["resolved", "improved_elsewhere", "other_scheme", "moved"], [45, 30, 15, 10])[0]
        self.former.append(close_case(case, reason=reason, on=self.day, today=self.day, by=by))
