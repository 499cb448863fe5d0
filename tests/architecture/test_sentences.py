"""Every action that the code writes into the trail reads as a sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from audit import sentences

ROOT = Path(__file__).parents[2]
WRITERS = {"record", "record_event", "record_read", "record_use", "record_refusal", "record_failed_sign_in"}
OURS = ("platform", "casework", "network", "tenants", "api", "config")
EXAMPLE = dict.fromkeys(sentences.PLACES, "○")


def actions_used() -> Iterator[tuple[str, str]]:
    """(pattern of the action, where): the first word of every call that leaves a line. A variable in an f-string stands for anything."""
    for top in OURS:
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and (action := action_of(node)):
                    yield action, f"{path.relative_to(ROOT)}:{node.lineno}"


def action_of(call: ast.Call) -> str | None:
    """Of `trail.record…("case.received", …)` and of `evidence.record_event("sign_in", …)`; the timeline's own takes a case first."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in WRITERS:
        return None
    first = call.args[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return re.escape(first.value)
    if isinstance(first, ast.JoinedStr):
        return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in first.values)
    return None


def test_every_action_in_the_code_has_a_sentence() -> None:
    used = list(actions_used())
    assert len(used) > 50
    missing = sorted(
        {f"{action} ({where})" for action, where in used if not any(re.fullmatch(action, known) for known in sentences.actions())}
    )
    assert missing == [], (
        "register a sentence in the app's own sentences.py (audit/sentences.py says how), such as\n"
        'sentences.register({"case.received": "{whose}相談を受け付けました"})'
    )


def test_every_sentence_goes_on_from_the_person_and_names_only_what_there_is() -> None:
    for action in sentences.actions():
        told = sentences.sentence_of(action)
        assert told is not None
        assert re.search("(した|ました)$", re.sub("（.*?）$", "", told)), action
        assert told.format(**EXAMPLE)


def test_no_two_apps_tell_the_same_action_differently() -> None:
    try:
        sentences.register({"sign_in": "ちがう文を言いました"})
    except ValueError:
        return
    raise AssertionError("a second sentence was taken")
