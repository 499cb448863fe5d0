"""B36, B46, B47, B54: a file is looked at by a process that can do nothing, and people open a copy without its metadata."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pytest
from openpyxl import load_workbook
from PIL import Image

from files import inspection
from files.inspection import InspectionFailed, inspect
from tests.files.samples import CANARY, EICAR, WORD, letter, package, paper, photo, relation, workbook

SCRIPT = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def huge_png() -> bytes:
    """A few hundred bytes that say they are 60,000 pixels square."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(b"\0" * 100)) + part(b"IEND", b"")


def with_file(made: pikepdf.Pdf) -> None:
    made.attachments["x.exe"] = b"MZ"


def with_action(action: pikepdf.Dictionary) -> bytes:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action)
    return paper(lambda made: made.pages[0].__setattr__("Annots", pikepdf.Array([link])))


def locked() -> bytes:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(paper())) as made:
        made.save(written, encryption=pikepdf.Encryption(owner="a", user="b"))
    return written.getvalue()


REFUSED = {
    "a PDF named as a photo": (paper, "jpeg", "type_mismatch"),
    "a program": (lambda: b"MZ\x90\0", "pdf", "type_mismatch"),
    "a program named as text": (lambda: b"MZ\x90\0\x03", "text", "type_mismatch"),
    "a photo with a ZIP behind it": (lambda: photo() + letter(), "jpeg", "polyglot"),
    "a PDF with a ZIP behind it": (lambda: paper() + letter(), "pdf", "polyglot"),
    "text that a reader takes for a PDF": (lambda: b"abc %PDF-1.7", "text", "polyglot"),
    "a pixel bomb": (huge_png, "png", "too_large_inside"),
    "a cut photo": (lambda: photo()[:300], "jpeg", "unreadable"),
    "a script at opening": (lambda: paper(lambda made: made.Root.__setattr__("OpenAction", SCRIPT)), "pdf", "active_content"),
    "a script behind a link": (lambda: with_action(SCRIPT), "pdf", "active_content"),
    "a program behind a link": (lambda: with_action(pikepdf.Dictionary(S=pikepdf.Name.Launch, F="x.exe")), "pdf", "active_content"),
    "a file in a PDF": (lambda: paper(with_file), "pdf", "embedded_file"),
    "a PDF with a password": (locked, "pdf", "encrypted"),
    "a PDF of too many pages": (lambda: paper(lambda made: [made.add_blank_page() for _ in range(501)]), "pdf", "too_large_inside"),
    "a macro": (lambda: letter(word__vbaProject__bin=b"x"), "docx", "macro"),
    "a template from elsewhere": (
        lambda: letter(**{"word___rels__settings.xml.rels": relation("attachedTemplate", "https://x.example/t.dotm")}),
        "docx",
        "external_reference",
    ),
    "DDE in two pieces": (
        lambda: letter("<w:instrText>D</w:instrText><w:instrText>DEAUTO c:\\x</w:instrText>"),
        "docx",
        "external_reference",
    ),
    "DDE in a part that is not named as XML": (
        lambda: letter(**{"word__b.dat": WORD.format("<w:instrText>DDEAUTO c:\\x</w:instrText>")}),
        "docx",
        "external_reference",
    ),
    "DDE in UTF-16": (
        lambda: letter(**{"word__b.dat": WORD.format("<w:instrText>DDEAUTO c:\\x</w:instrText>").encode("utf-16-le")}),
        "docx",
        "unreadable",
    ),
    "macros of the old kind": (lambda: letter(**{"xl__macrosheets__sheet1.xml": "<a/>"}), "docx", "macro"),
    "data from elsewhere": (lambda: letter(**{"xl__connections.xml": "<a/>"}), "docx", "external_reference"),
    "an object of another program": (lambda: letter(**{"word__embeddings__a.bin": b"x"}), "docx", "embedded_file"),
    "a ZIP in a letter": (lambda: letter(**{"word__a.dat": package({"a": "b"})}), "docx", "embedded_file"),
    "a ZIP bomb": (lambda: letter(**{"word__a.xml": b" " * 20_000_000}), "docx", "too_large_inside"),
    "a ZIP of too many parts": (lambda: letter(**{f"word__{n}": b"" for n in range(2_001)}), "docx", "too_large_inside"),
    "entities that multiply": (lambda: letter(**{"word__a.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "docx", "active_content"),
    "a path out of the package": (lambda: letter(**{"..__a.xml": b"<a/>"}), "docx", "unreadable"),
    "a workbook named as a letter": (workbook, "docx", "type_mismatch"),
    "the test virus": (lambda: EICAR, "text", "malware"),
    "the test virus in a letter": (lambda: letter(**{"word__a.dat": EICAR}), "docx", "malware"),
}


def test_what_could_harm_is_refused_with_its_reason() -> None:
    found = {name: inspect(make(), family).refusal for name, (make, family, _) in REFUSED.items()}
    assert found == {name: code for name, (_, _, code) in REFUSED.items()}


def test_a_photo_loses_its_place_and_author_and_stands_upright() -> None:
    """B36."""
    for form in ("JPEG", "PNG"):
        report = inspect(photo(form), form.lower())
        assert report.refusal == ""
        assert CANARY.encode() not in report.copy
        with Image.open(io.BytesIO(report.copy)) as copy:
            assert not copy.getexif()
            assert (copy.size, "comment" in copy.info) == ((20, 40), False)


def test_pictures_of_every_mode_come_back_as_pictures() -> None:
    """A library that wants to load something only now cannot: this would be an honest photo refused."""
    modes = {"JPEG": ("L", "RGB", "CMYK"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")}
    for form, mode in [(form, mode) for form, all_of_it in modes.items() for mode in all_of_it]:
        written = io.BytesIO()
        Image.new(mode, (4, 3)).save(written, form)
        report = inspect(written.getvalue(), form.lower())
        assert (report.refusal, Image.open(io.BytesIO(report.copy)).size) == ("", (4, 3)), mode
    written = io.BytesIO()
    Image.new("RGB", (4, 3)).save(written, "MPO", save_all=True, append_images=[Image.new("RGB", (4, 3))])
    assert inspect(written.getvalue(), "jpeg").refusal == ""


def test_a_paper_loses_its_author_and_the_notes_of_its_pictures() -> None:
    report = inspect(paper(), "pdf")
    assert report.refusal == ""
    with pikepdf.open(io.BytesIO(report.copy)) as copy:
        assert "/Info" not in copy.trailer
        assert "/Metadata" not in copy.Root
        scan = copy.pages[0].Resources.XObject.Scan
        assert CANARY.encode() not in scan.read_raw_bytes()
        assert pikepdf.PdfImage(scan).as_pil_image().size == (40, 20)


def test_a_letter_and_a_workbook_lose_their_authors_and_still_open() -> None:
    report = inspect(letter(), "docx")
    assert report.refusal == ""
    with zipfile.ZipFile(io.BytesIO(report.copy)) as copy:
        assert not [name for name in copy.namelist() if CANARY.encode() in copy.read(name)]
    book = inspect(workbook(), "xlsx")
    assert (book.refusal, CANARY.encode() in book.copy) == ("", False)
    opened = load_workbook(io.BytesIO(book.copy))
    assert (opened.active["A1"].value, opened.properties.creator == CANARY) == ("給与", False)


@pytest.mark.parametrize("text", ["氏名,金額\r\n山田,1000".encode(), "氏名,金額".encode("cp932"), b""])
def test_text_stays_as_it_is(text: bytes) -> None:
    assert inspect(text, "text") == ("", text)


def test_a_process_that_is_taken_over_opens_no_file_no_socket_and_no_process() -> None:
    """B54: what a library could be made to do after the rights are gone."""
    attempts = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
import inspector
inspector.give_up_rights()
for attempt in (lambda: open("/etc/passwd"), lambda: socket.socket(), lambda: os.pipe(), lambda: os.open("/tmp/x", os.O_CREAT), lambda: bytearray(1 << 31)):
    try:
        attempt()
    except (OSError, MemoryError):
        continue
    print("did it")
print(sorted(os.environ))
"""
    where = str(Path(inspection.INSPECTOR).parent)
    done = subprocess.run([sys.executable, "-I", "-c", attempts, where], capture_output=True, env={}, check=True, timeout=60)
    assert done.stdout.decode().split("\n")[0] in {"[]", "['LC_CTYPE']"}


@pytest.mark.parametrize("script", ["raise SystemExit(1)", "print('{}')", 'print(\'{"refusal": "other"}\')', "import time; time.sleep(60)"])
def test_an_inspector_that_dies_hangs_or_talks_nonsense_opens_nothing(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inspector.py").write_text(script)
    monkeypatch.setattr(inspection, "INSPECTOR", tmp_path / "inspector.py")
    monkeypatch.setattr(inspection, "SECONDS", 1)
    with pytest.raises(InspectionFailed):
        inspect(b"x", "text")
