"""What every action is called when the trail is read as sentences: each app has a module `sentences` that registers its own.

A sentence goes on from 「…さんが、」 and may name, each with the particle that follows it or empty where there is nothing:
{whose} 「R8-0012の」, {fields} 「氏名と記録」, {purpose} 「支援のために」, {channel} 「画面で」, {person} 「見本さん」, {hits} 「3件」.
"""

from collections.abc import Mapping

PLACES = frozenset({"whose", "fields", "purpose", "channel", "person", "hits"})

_sentences: dict[str, str] = {}
_purposes: dict[str, str] = {}


def register(told: Mapping[str, str]) -> None:
    """Action → sentence. ValueError for an action that another sentence has."""
    for action, sentence in told.items():
        if _sentences.setdefault(action, sentence) != sentence:
            raise ValueError(f"two sentences for the action {action}")


def register_purposes(told: Mapping[str, str]) -> None:
    """Purpose → 「支援のために」."""
    _purposes.update(told)


def actions() -> frozenset[str]:
    return frozenset(_sentences)


def sentence_of(action: str) -> str | None:
    """None: an action nobody has described; a test sees to it that the code has none."""
    return _sentences.get(action)


def purpose_in_words(purpose: str) -> str:
    return _purposes.get(purpose, "")


register({"evidence.clock_went_back": "データベースの時計が戻ったことを記録しました"})
