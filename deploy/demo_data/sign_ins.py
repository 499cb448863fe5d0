"""Who signs in where in the demo. Standard library only: the launcher prints this table."""

from typing import NamedTuple

PASSWORD = "kasa-to-hon-to-neko-7"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  # printed on purpose: the demo shows a second factor


class Centre(NamedTuple):
    schema: str
    name: str
    municipality: str
    corporations: tuple[str, ...]
    seed: int


class Person(NamedTuple):
    host: str
    email: str
    name: str
    role: str
    employer: int = 0
    has_totp: bool = False


MINATORYO = "社会福祉法人みなと寮（見本）"
CENTRES = (
    Centre("minato", "くらしのサポートコーナー港（見本）", "大阪市港区（見本）", (MINATORYO, "港区社会福祉協議会（見本）"), 1),
    Centre("kohan", "湖畔市くらしの相談窓口（見本）", "湖畔市（架空）", (MINATORYO,), 2),
    Centre("nagisa", "なぎさ町自立相談センター（見本）", "なぎさ町（架空）", (MINATORYO,), 3),
)
STAFF = (
    ("chief", "主任 見本", "chief_counsellor", 0),
    ("tanto", "担当 例子", "counsellor", 0),
    ("soudan", "相談 試太", "counsellor", 1),
    ("shien", "支援 仮名", "counsellor", 0),
    ("shushoku", "就労 架空", "employment_supporter", 1),
    ("jimu", "事務 例司", "clerk", 0),
    ("kanri", "管理 見太郎", "centre_admin", 0),
)
GUESTS = (
    ("guest", "相手 例美", "みさき就労支援センター（見本）", "youth_support_station"),
    ("houritsu", "法律 試代", "例示法律事務所（見本）", "legal"),
)
HEADQUARTERS = (("bunseki", "本部 統計", "analyst"), ("kojin", "本部 保護", "privacy_officer"))


def staff_of(centre: Centre) -> list[Person]:
    """One chief of the first centre also has a second factor."""
    return [
        Person(
            centre.schema,
            f"{account}@{centre.schema}.example.jp",
            name,
            role,
            min(employer, len(centre.corporations) - 1),
            account == "chief" and centre.seed == 2,
        )
        for account, name, role, employer in STAFF
    ]


def guest_email(account: str, centre: Centre) -> str:
    return f"{account}@kikan.example.jp"


def printed() -> list[tuple[str, str, str]]:
    """(host, e-mail, who) for the launcher: chief and counsellor of each centre, the guests of the first, headquarters."""
    rows = []
    for centre in CENTRES:
        rows += [
            (centre.schema, person.email, person.name + ("（二要素あり）" if person.has_totp else ""))
            for person in staff_of(centre)
            if person.role in {"chief_counsellor", "counsellor"}
        ][:2]
    rows += [(CENTRES[0].schema, guest_email(account, CENTRES[0]), f"{name}（{agency}）") for account, name, agency, _ in GUESTS]
    rows += [("hq", f"{account}@hq.example.jp", name) for account, name, _ in HEADQUARTERS[:1]]
    return rows
