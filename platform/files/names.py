"""What a file may be called, and which kind its name says it is. The name is a person's text: sealed wherever it is kept."""

import unicodedata

from foundation.errors import RuleViolation

LONGEST = 120  # letters, with the ending
FAMILIES = {
    ".pdf": "pdf",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".txt": "text",
    ".csv": "text",
}


def tidy(name: str) -> str:
    """NFC, without path, control letters and marks that turn the reading direction; not longer than LONGEST, the ending kept.

    Raises RuleViolation `file_name_empty`.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(" " if unicodedata.category(letter) in {"Zl", "Zp"} else letter for letter in last)
    plain = "".join(letter for letter in plain if not unicodedata.category(letter).startswith("C")).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not plain or (dot and not stem.strip(" .")):
        raise RuleViolation("ファイルに名前がありません。名前を付けてから選んでください。", code="file_name_empty", field="file")
    return plain if len(plain) <= LONGEST else stem[: LONGEST - len(dot + ending[:10])] + dot + ending[:10]


def family_of(name: str) -> str:
    """By the ending alone; whether the content agrees is found out by the inspection. Raises RuleViolation `file_kind_refused`."""
    _, dot, ending = name.rpartition(".")
    family = FAMILIES.get(dot + ending.lower())
    if family is None:
        raise RuleViolation(
            "この種類のファイルは添付できません。PDF・JPEG・PNG・DOCX・XLSX・TXT・CSV から選んでください。",
            code="file_kind_refused",
            field="file",
        )
    return family
