"""Who signs in where in the demo. Standard library only: the launcher prints this table."""

from typing import NamedTuple

PASSWORD = "kasa-to-hon-to-neko-7"  # noqa: S105 - printed on purpose
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
    ("chief", "灯 見本", "chief_counsellor", 0),
    ("tanto", "浜 例子", "counsellor", 0),
    ("soudan", "沖 試太", "counsellor", 1),
    ("shien", "岬 仮名", "counsellor", 0),
    ("shushoku", "磯 架空", "employment_supporter", 1),
    ("jimu", "渡 例司", "clerk", 0),
    ("kanri", "島 見太郎", "centre_admin", 0),
)
GUESTS = (
    ("guest", "潮 例美", "みさき就労支援センター（見本）", "youth_support_station"),
    ("houritsu", "帆 試代", "例示法律事務所（見本）", "legal"),
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


def guest_email(account: str) -> str:
    return f"{account}@kikan.example.jp"


def as_text(base_host: str) -> str:
    """What the launcher prints: where to go and who can sign in there. `base_host` is host and port of the entrance."""
    lines = [f"どの見本の利用者も、パスワードは {PASSWORD} です。", ""]
    for centre in CENTRES:
        lines.append(f"{centre.name}  http://{centre.schema}.{base_host}/")
        lines += [f"  {person.email:<32} {person.name}{_second_factor(person)}" for person in staff_of(centre)]
        if centre == CENTRES[0]:
            lines += [f"  {guest_email(account):<32} {name}（{agency}）" for account, name, agency, _ in GUESTS]
    lines.append(f"本部  http://hq.{base_host}/")
    lines += [f"  {account + '@hq.example.jp':<32} {name}" for account, name, _ in HEADQUARTERS]
    return "\n".join(lines) + "\n"


def _second_factor(person: Person) -> str:
    return f"（二要素認証の秘密: {TOTP_SECRET}）" if person.has_totp else ""
