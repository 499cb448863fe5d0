"""Lines of the trail as Japanese sentences: 5月12日 14:03 相談支援員 見本さんが、R8-0012の氏名と記録を、支援のために画面で見ました。"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.utils import timezone

from accounts.catalogue import Role
from accounts.models import Account, Membership
from audit import sentences
from audit.reading import Reading
from casework.oversight.models import AccessAlert, AlertKind
from casework.oversight.naming import SOMEBODY, Named, name_subjects
from disclosure import registrations
from disclosure.channels import Channel

Line = Any  # what audit.reading gives: its model is nobody's to import
NAMED = 2  # of several people in one line the first ones are named, the others counted

CHANNELS: dict[str, str] = {
    Channel.SCREEN: "画面で",
    Channel.FRAGMENT: "画面で",
    Channel.JSON: "プログラム（API）で",
    Channel.PDF: "PDFで",
    Channel.FILE: "ファイルとして",
    Channel.XLSX: "表計算のファイルで",
    Channel.CSV: "CSVファイルで",
    Channel.PRINT: "印刷で",
    Channel.EMAIL: "メールで",
    Channel.COMMAND: "コマンドで",
    Channel.JOB: "自動の処理で",
}
GROUPS = {
    "identity": "氏名",
    "whereabouts": "連絡先",
    "narrative": "記録",
    "sensitive_codes": "困りごと",
    "plan": "プラン",
    "evaluation": "評価",
    "minutes": "議事",
    "general": "会議の記録",
    "review": "閲覧の確認の結果",
    "declared": "自己申告",
    "reasons": "閲覧の理由",
}
PERSON_FACTS = ("account", "taker")
KINDS = {"system": "システム", "anonymous": "サインインしていない人"}


class Told(NamedTuple):
    """A line as it is read."""

    line: Line
    at: datetime
    who: str
    text: str
    case: UUID | None  # the one case it is about, where the reader may open it

    @property
    def sentence(self) -> str:
        return f"{self.at.month}月{self.at.day}日 {self.at:%H:%M} {self.who}が、{self.text}"


class People(NamedTuple):
    """Those who did something, by their ids; two queries for any number."""

    accounts: Mapping[UUID, Account]
    memberships: Mapping[UUID, Membership]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "People":
        ids = {line.actor for line in lines} | {person for line in lines for person in persons_of(line)}
        accounts = Account.objects.in_bulk([pk for pk in ids if pk])
        return cls(accounts, Membership.objects.in_bulk([line.membership for line in lines if line.membership]))

    @classmethod
    def of_readings(cls, readings: Sequence[Reading]) -> "People":
        accounts = Account.objects.in_bulk({each.actor for each in readings if each.actor})
        return cls(accounts, Membership.objects.in_bulk({each.membership for each in readings if each.membership}))

    def actor(self, actor: UUID | None, kind: str, membership: UUID | None) -> str:
        """相談支援員 見本さん, 関係機関の見本さん, システム."""
        account = self.accounts.get(actor) if actor else None
        if account is None:
            return KINDS.get(kind, "いまはいない利用者")
        held = self.memberships.get(membership) if membership else None
        role = "関係機関の" if kind == Role.GUEST else f"{held.role_labels[0]} " if held else ""
        return f"{role}{account.name}さん"

    def person(self, line: Line) -> str:
        names = [f"{self.accounts[pk].name}さん" for pk in persons_of(line) if pk in self.accounts]
        return names[0] if names else "ほかの人"


def tell(viewer: Account, lines: Sequence[Line], *, channel: str) -> list[Told]:
    """Each line in words, whoever is named in it as this viewer may see her."""
    people = People.of(lines)
    shown = {subject: None for line in lines for subject in line.subjects[:NAMED]}
    named = name_subjects(viewer, shown, channel=channel)
    return [_told(line, people, named) for line in lines]


def _told(line: Line, people: People, named: Mapping[UUID, Named]) -> Told:
    sentence = sentences.sentence_of(line.action) or "{whose}記録に関わることをしました"
    text = sentence.format(
        whose=whose(line.subjects, named),
        fields=fields_in_words(line.fields),
        purpose=sentences.purpose_in_words(line.purpose),
        channel=CHANNELS.get(line.channel, ""),
        person=people.person(line),
        hits=f"{line.facts.get('hits', 0)}件",
    )
    only = named.get(line.subjects[0]) if len(line.subjects) == 1 else None
    at = timezone.localtime(line.at)
    return Told(line, at, people.actor(line.actor, line.actor_kind, line.membership), f"{text}。", only.case if only else None)


def whose(subjects: Sequence[UUID], named: Mapping[UUID, Named]) -> str:
    """「R8-0012の」「R8-0012、R8-0013と、ほか10人の」, nothing where a line is about nobody."""
    if not subjects:
        return ""
    labels = list(dict.fromkeys(named[subject].label for subject in subjects[:NAMED]))
    more = f"と、ほか{len(subjects) - NAMED}人" if len(subjects) > NAMED else ""
    return f"{'、'.join(labels) or SOMEBODY}{more}の"


def fields_in_words(fields: Mapping[str, Sequence[str]]) -> str:
    """Field groups as they are known to the gate; the kind of record where a group has no word of its own."""
    order = list(GROUPS.values())
    words = {word for label, names in fields.items() for word in _words_of(label, names)}
    several = sorted(words, key=lambda word: (order.index(word) if word in order else len(order), word)) or ["記録"]
    return several[0] if len(several) == 1 else f"{'、'.join(several[:-1])}と{several[-1]}"


def _words_of(label: str, names: Iterable[str]) -> list[str]:
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        return []  # a kind of record of an earlier version
    registered, opened = registrations.registered().get(model), set(names)
    if registered is None:
        return [str(model._meta.verbose_name)]
    return [GROUPS.get(group, str(model._meta.verbose_name)) for group, members in registered.groups.items() if members & opened]


def persons_of(line: Line) -> list[UUID]:
    """Accounts that a line is about: named by a fact, or touched."""
    told = [line.facts[name] for name in PERSON_FACTS if isinstance(line.facts.get(name), str)]
    touched = [pk for label, pk in line.objects_touched if label == Account._meta.label]
    return [UUID(pk) for pk in (*told, *touched) if _is_uuid(pk)]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


WHY = {
    AlertKind.OWN_NAME_SEARCHED: "探したことばが、本人の姓か、自己申告した家族の名前と同じでした。探したことばそのものは残りません。",
    AlertKind.SAME_NAME_READ: "見た人の姓が、本人の姓か、自己申告した家族の姓と同じです。担当であっても、かかわってよいかを確かめてください。",
    AlertKind.HOUSEHOLD_READ: "見た人の氏名が、本人か、自己申告した同居の家族の氏名と同じです。同じ氏名の別の人かどうかも確かめてください。",
    AlertKind.SAME_BLOCK_READ: "見た人の住所が、自己申告した本人の住所と同じ町・番地です。",
    AlertKind.NIGHT: "センターの開所時間のほかの閲覧です。残業や当番だったかを確かめてください。",
    AlertKind.BULK: "画面のほかの方法で、一日に多くの人の記録を取り出しました。",
    AlertKind.EXPORT: "記録をファイルにしました。何のためか、ファイルがいまどこにあるかを確かめてください。",
    AlertKind.BREAK_GLASS: "担当ではないケースを、緊急として開きました。書かれた理由と合っているかを確かめてください。",
    AlertKind.REFUSALS: "開けない記録を続けて開こうとしました。押し間違いでないかを確かめてください。",
    AlertKind.LEAVING: "退職・異動の日が近い人が、多くの記録を見たか、取り出しました。引き継ぎのためかを確かめてください。",
    AlertKind.SAMPLE: "気づきではなく、毎週の閲覧からくじで選ばれたものです。",
}


def why_odd(alert: AccessAlert) -> str:
    """Why a reviewer is asked about it."""
    if alert.kind == AlertKind.VOLUME:
        return f"この日は{alert.count}人の記録を見ました。ふだん（前の30日の真ん中の値）は1日{alert.usual or 0}人です。"
    return WHY[AlertKind(alert.kind)]
