"""The refusals every operation may answer with, written into the schema once: problem documents (RFC 9457)."""

from typing import Any

PROBLEM = "application/problem+json"
REFUSALS = {
    "401": "サインインもトークンもないか、トークンが使えない。",
    "403": "する権限がない（forbidden）。または担当者だけが見られるケース（case_closed。number と owner に聞く先がある）。",
    "404": "ない。または、あるかどうかも答えられない。",
    "406": "JSON 以外の形では答えられない。",
    "409": "ほかの人が先に変えた、その段階ではない、または消去されている。",
    "422": "送られた値が正しくない。errors に項目ごとの理由がある。",
    "429": "回数が多すぎる。Retry-After の秒数だけ待つ。",
    "503": "閲覧の記録を残せない、または点検中。",
}
DOCUMENT: dict[str, Any] = {  # Any: OpenAPI's own notation
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": ["about:blank"]},
        "title": {"type": "string", "description": "どうすればよいか"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "理由のコード。文面が変わっても変わらない"},
        "errors": {"type": "object", "additionalProperties": {}},
        "number": {"type": "string"},
        "owner": {"type": "string"},
    },
    "required": ["type", "title", "status", "code"],
}


def describe_problems(result: dict[str, Any], **_settings: Any) -> dict[str, Any]:
    """A post-processing hook of drf-spectacular: what it cannot see from the views, because one handler answers for all."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = DOCUMENT
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for operation in path.values():
            for status, description in REFUSALS.items():
                operation["responses"].setdefault(status, {"description": description, "content": content})
    return result
