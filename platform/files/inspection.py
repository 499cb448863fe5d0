"""Has a file looked at by a process that can do nothing else: no files, no network, no environment, little time and memory (security B54).

The bytes go in by one pipe; the verdict and the copy without metadata come back by another.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

INSPECTOR = Path(__file__).with_name("inspector.py")
SECONDS = 60
LONGEST_COPY = 4  # times the file: a photo that is written anew may grow


class InspectionFailed(Exception):
    """The inspector died, hung or answered nonsense: the file stays unopened."""


class Report(NamedTuple):
    """`refusal` is a code of REFUSALS, empty for a file that may be opened; then `copy` is what people open."""

    refusal: str
    copy: bytes


REFUSALS = {
    "type_mismatch": "中身が、名前の示す種類のファイルではありません。",
    "unreadable": "壊れているか、読めない形のファイルです。",
    "encrypted": "パスワードの掛かったファイルは、中を確かめられません。",
    "polyglot": "ひとつのファイルに、別の種類のファイルが重なっています。",
    "too_large_inside": "開くと大きくなりすぎるファイルです。",
    "active_content": "開くと動くもの（スクリプトや自動で始まる動作など）が入っています。",
    "macro": "マクロが入っています。",
    "embedded_file": "別のファイルが中に埋め込まれています。",
    "external_reference": "外から読み込むもの（ひな形やリンクされたデータなど）が入っています。",
    "malware": "ウイルスなどの疑いがあります。",
}


def inspect(plain: bytes, family: str) -> Report:
    """Raises InspectionFailed."""
    try:
        done = subprocess.run(  # noqa: S603 - our own script by its path; the family is one of ours
            [sys.executable, "-I", "-B", str(INSPECTOR), family],
            input=plain,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it could quote the file
            env={},
            cwd="/",
            close_fds=True,
            timeout=SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as failure:
        raise InspectionFailed(type(failure).__qualname__) from None  # the exception would hold what was written so far
    head, _, copy = done.stdout.partition(b"\n")
    try:
        refusal = json.loads(head)["refusal"]
    except (ValueError, KeyError, TypeError):
        raise InspectionFailed(f"status {done.returncode}") from None
    if done.returncode != 0 or (refusal and refusal not in REFUSALS) or len(copy) > LONGEST_COPY * len(plain) + 1_000_000:
        raise InspectionFailed(f"status {done.returncode}")
    return Report(refusal, b"" if refusal else copy)
