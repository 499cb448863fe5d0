"""The month's figures counted a second time, by SQL over the centre's own tables: what page and workbook are held against."""

from collections import Counter
from datetime import date

from tests.e2e.stack import LiveStack

Record = tuple[str, str, str, date]  # series, code, case number, day

COUNTED = {
    "new_consultations": "SELECT '', c.number, c.received_on AS day FROM cases_case c",
    "plans_made": "SELECT '', c.number, p.decided_on AS day FROM plans_supportplan p JOIN cases_case c ON c.id = p.case_id",
    "employment_targets": "SELECT '', c.number, p.decided_on AS day FROM plans_supportplan p JOIN cases_case c ON c.id = p.case_id"
    " WHERE p.is_employment_target",
    "service_uses": "SELECT u.service, c.number, p.decided_on AS day FROM plans_planserviceuse u"
    " JOIN plans_supportplan p ON p.id = u.plan_id JOIN cases_case c ON c.id = p.case_id",
    "meetings_held": "SELECT '', '', held_on AS day FROM meetings_supportcoordinationmeeting WHERE state = 'held'",
    "support_records": "SELECT r.method, c.number, r.happened_on AS day FROM cases_supportrecord r JOIN cases_case c ON c.id = r.case_id",
    "screening_results": "SELECT s.result, c.number, s.screened_on AS day FROM cases_screening s JOIN cases_case c ON c.id = s.case_id",
    "closed_cases": "SELECT '', c.number, c.closed_on AS day FROM cases_case c WHERE c.closed_on IS NOT NULL",
}
# a person counts once a month, by her last such day; who started work is not counted as earning more
OUTCOMES = """
    SELECT DISTINCT ON (c.client_id) '', c.number, o.happened_on AS day, c.client_id
    FROM cases_employmentoutcome o JOIN cases_case c ON c.id = o.case_id
    WHERE o.kind = '{kind}' AND o.happened_on BETWEEN '{first}' AND '{last}' {more}
    ORDER BY c.client_id, o.happened_on DESC, o.id DESC
"""
NOT_STARTED = """AND NOT EXISTS (SELECT 1 FROM cases_employmentoutcome s JOIN cases_case sc ON sc.id = s.case_id
    WHERE sc.client_id = c.client_id AND s.kind = 'started_work' AND s.happened_on BETWEEN '{first}' AND '{last}')"""
OF_TARGETS = """SELECT code, number, day FROM ({outcomes}) AS one (code, number, day, client) WHERE EXISTS (
    SELECT 1 FROM plans_supportplan p JOIN cases_case c ON c.id = p.case_id
    WHERE c.client_id = one.client AND p.is_employment_target AND p.decided_on <= one.day)"""
BY_CODE = {"service_uses", "support_records", "screening_results"}


def statements(first: date, last: date) -> dict[str, str]:
    """For each series one statement that yields code, case number and day."""
    month = {"first": first, "last": last}
    started = OUTCOMES.format(kind="started_work", more="", **month)
    increased = OUTCOMES.format(kind="income_increase", more=NOT_STARTED.format(**month), **month)
    return COUNTED | {
        "started_work": f"SELECT code, number, day FROM ({started}) AS one (code, number, day, client)",
        "started_work_of_targets": OF_TARGETS.format(outcomes=started),
        "income_increase": f"SELECT code, number, day FROM ({increased}) AS one (code, number, day, client)",
        "income_increase_of_targets": OF_TARGETS.format(outcomes=increased),
    }


def records(live: LiveStack, schema: str, first: date, last: date) -> list[Record]:
    found: list[Record] = []
    with live.administrator() as administrator:
        administrator.execute(f"SET search_path TO {schema}".encode())
        for series, statement in statements(first, last).items():
            inside = f"SELECT * FROM ({statement}) AS counted (code, number, day) WHERE day BETWEEN %s AND %s"
            rows = administrator.execute(inside.encode(), [first, last]).fetchall()
            found += [(series, code, number, day) for code, number, day in rows]
    return found


def figures(live: LiveStack, schema: str, first: date, last: date) -> dict[tuple[str, str], int]:
    """By series and code; code "" is the series' total, which is there even when nothing counts."""
    found = records(live, schema, first, last)
    totals = Counter((series, "") for series, *_ in found)
    parts = Counter((series, code) for series, code, *_ in found if series in BY_CODE)
    return {(series, ""): totals[series, ""] for series in statements(first, last)} | dict(parts)
