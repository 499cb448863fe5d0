"""Invented people, recognisably so: place names of a harbour as surnames, words for 'sample' as given names, numbers nobody has."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from casework.clients.people import CallerFacts, ContactFacts, PersonFacts

SURNAMES = [
    ("夕凪", "ゆうなぎ"), ("三先", "みさき"), ("築港", "ちっこう"), ("弁天", "べんてん"), ("波除", "なみよけ"), ("磯路", "いそじ"),
    ("市岡", "いちおか"), ("池島", "いけじま"), ("八幡屋", "やはたや"), ("福崎", "ふくざき"), ("田中浜", "たなかはま"), ("石田浦", "いしだうら"),
    ("港晴", "こうせい"), ("湖畔", "こはん"), ("渚", "なぎさ"), ("潮見", "しおみ"), ("沖野", "おきの"), ("帆足", "ほあし"),
    ("灯台", "とうだい"), ("舵取", "かじとり"), ("波戸", "はと"), ("入江", "いりえ"), ("砂浜", "すなはま"), ("浮島", "うきしま"),
]  # fmt: skip
GIVEN = {
    "male": [
        ("見本", "みほん"),
        ("例太", "れいた"),
        ("試作", "しさく"),
        ("仮一", "かいち"),
        ("架空", "かくう"),
        ("例司", "れいじ"),
        ("見太郎", "みたろう"),
    ],
    "female": [
        ("試子", "ためこ"),
        ("例子", "れいこ"),
        ("仮名", "かな"),
        ("見本子", "みほこ"),
        ("架子", "かこ"),
        ("例美", "れいみ"),
        ("試代", "ためよ"),
    ],
    "other": [("架空", "かくう"), ("見本", "みほん"), ("例", "れい")],
}
TOWNS = ["架空町", "見本町", "例示通", "試作浜", "仮名台"]
RELATIONS = ["spouse", "child", "parent", "sibling"]


@dataclass(frozen=True)
class Person:
    facts: PersonFacts
    ways: list[ContactFacts]
    caller: CallerFacts | None


def invent_person(rng: Random, number: int, *, city: str, on: date, is_named: bool) -> Person:
    """Some who only ask once never say who they are.

    Working age or older; three in five are men, as in the programme's first years (hirono-office.com/blog/308).
    """
    sex = rng.choices(["male", "female", "other"], [58, 40, 2])[0]
    surname, given = rng.choice(SURNAMES), rng.choice(GIVEN[sex])
    age = rng.choices([rng.randint(18, 29), rng.randint(30, 39), rng.randint(40, 64), rng.randint(65, 84)], [12, 16, 53, 19])[0]
    born = on - timedelta(days=round(age * 365.25) + rng.randint(0, 364))
    facts = PersonFacts(name=f"{surname[0]} {given[0]}", kana=f"{surname[1]} {given[1]}", sex=sex, birth_date=born)
    if rng.random() < 0.06 and not is_named:
        return Person(PersonFacts(), [], None)
    return Person(facts, list(_ways(rng, number, city)), _caller(rng, surname, number))


def _ways(rng: Random, number: int, city: str) -> list[ContactFacts]:
    phone = f"090-0000-{number % 10000:04}"
    ways = [
        ContactFacts(
            "mobile", phone, rng.choices(["yes", "no", "not_asked"], [70, 8, 22])[0], "夜は出られません" if rng.random() < 0.15 else ""
        )
    ]
    if rng.random() < 0.7:
        ways.append(ContactFacts("address", f"{city}{rng.choice(TOWNS)}{rng.randint(1, 9)}丁目{rng.randint(1, 30)}番（見本）"))
    return ways


def _caller(rng: Random, surname: tuple[str, str], number: int) -> CallerFacts | None:
    if rng.random() > 0.18:
        return None
    return CallerFacts(rng.choice(RELATIONS), f"{surname[0]} {rng.choice(GIVEN['female'])[0]}", f"070-0000-{number % 10000:04}")
