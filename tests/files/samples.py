"""Small files of every kind, good and bad, made when they are needed."""

import io
import zipfile
from collections.abc import Callable

import pikepdf
from openpyxl import Workbook
from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CANARY = "Kanarienvogel"
RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


def photo(form: str = "JPEG") -> bytes:
    """With an author, a place and a comment; taller than wide once it is turned upright."""
    notes = Image.Exif()
    notes[0x013B], notes[0x0112] = CANARY, 6
    notes.get_ifd(0x8825).update({1: "N", 2: (35.0, 39.0, 31.0), 3: "E", 4: (139.0, 44.0, 41.0)})
    written = io.BytesIO()
    options = {"comment": CANARY} if form == "JPEG" else {}
    Image.new("RGB", (40, 20), "teal").save(written, form, exif=notes, **options)
    return written.getvalue()


def paper(change: Callable[[pikepdf.Pdf], object] = lambda made: None) -> bytes:
    """A page with a photo on it, as a scanner makes it."""
    with pikepdf.new() as made:
        made.add_blank_page()
        picture = pikepdf.Stream(made, photo())
        picture.Type, picture.Subtype, picture.Width, picture.Height = pikepdf.Name.XObject, pikepdf.Name.Image, 40, 20
        picture.ColorSpace, picture.BitsPerComponent, picture.Filter = pikepdf.Name.DeviceRGB, 8, pikepdf.Name.DCTDecode
        made.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=made.make_indirect(picture)))
        made.docinfo["/Author"] = CANARY
        with made.open_metadata() as notes:
            notes["dc:creator"] = [CANARY]
        change(made)
        written = io.BytesIO()
        made.save(written)
    return written.getvalue()


def package(parts: dict[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return written.getvalue()


def letter(body: str = "<w:p/>", **more: str | bytes) -> bytes:
    """A DOCX; `more` parts by their names with / written as __."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "docProps/core.xml": f"<a><b>{CANARY}</b></a>",
        "word/document.xml": WORD.format(f'<w:ins w:author="{CANARY}"/>{body}'),
        "word/media/image1.jpeg": photo(),
    }
    return package(parts | {name.replace("__", "/"): content for name, content in more.items()})


def workbook() -> bytes:
    made, written = Workbook(), io.BytesIO()
    made.properties.creator = CANARY
    made.active["A1"] = "給与"
    made.save(written)
    return written.getvalue()


def relation(kind: str, target: str) -> str:
    return RELATIONS.format(f'<Relationship Id="r1" Type="http://x/{kind}" Target="{target}" TargetMode="External"/>')
