"""The script that `files.inspection` runs. It imports nothing of ours, so that whoever takes it over finds nothing.

Everything it needs is loaded first; then it gives up the right to open a file or a socket, to write, to start a process, and
most of its time and memory; only then does it read what a stranger has sent.
"""

import ctypes
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from oletools.olevba import VBA_Parser
from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin

CPU_SECONDS, MEMORY = 30, 1536 * 1024 * 1024
PIXELS = 50_000_000
PAGES = 500
ENTRIES, UNPACKED, RATIO = 2_000, 150 * 1024 * 1024, 200
SMALL = 1024 * 1024  # a little that packs well is no bomb
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MAGIC = {"pdf": b"%PDF-", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "docx": b"PK\x03\x04", "xlsx": b"PK\x03\x04"}
MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
EMPTY_PROPERTIES = {
    "docProps/core.xml": b'<?xml version="1.0" encoding="UTF-8"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/'
    b'metadata/core-properties"/>',
    "docProps/app.xml": b'<?xml version="1.0" encoding="UTF-8"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'extended-properties"/>',
    "docProps/custom.xml": b'<?xml version="1.0" encoding="UTF-8"?><Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'custom-properties"/>',
}
ACTIVE_KEYS = {"/JavaScript", "/JS", "/OpenAction", "/AA", "/Launch", "/RichMedia", "/XFA"}
ACTIVE_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/RichMediaExecute"}
EMBEDDED_KEYS = {"/EmbeddedFiles", "/EmbeddedFile", "/EF", "/AF"}
AUTHORS = re.compile(rb"""(\s(?:w|w15|w16):(?:author|initials|userId|providerId))\s*=\s*("[^"]*"|'[^']*')""")
DDE = re.compile(rb"<(?:\w+:)?ddeLink|\bDDE(?:AUTO)?\b")


class Refusal(Exception):
    """What is wrong, as a code of files.inspection.REFUSALS."""


# -- what this process may do


def give_up_rights() -> None:
    """With three descriptors and all of them taken nothing can be opened, neither a file nor a socket, whoever asks. Needs no root."""
    for what, limit in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(what, (limit, limit))
    ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


def load_what_comes_late() -> None:
    """Codecs and plug-ins that Python and the libraries would open in the middle of their work."""
    Image.preinit()
    for codec in ("cp437", "cp932", "utf-8-sig", "utf-16", "latin-1", "ascii", "idna"):
        "".encode(codec)
    picture = Image.new("RGB", (1, 1))
    for form in ("JPEG", "PNG"):
        written = io.BytesIO()
        picture.save(written, form)
        read_picture(written.getvalue(), form.lower())
    with pikepdf.new() as paper:
        paper.add_blank_page()
        written = io.BytesIO()
        paper.save(written)
    read_pdf(written.getvalue())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", "<document/>")
    read_office(written.getvalue(), "docx")


# -- all kinds


def look_at(plain: bytes, family: str) -> bytes:
    """The copy without metadata. Raises Refusal, and whatever a library stumbles over."""
    if EICAR in plain:
        raise Refusal("malware")
    if not plain.startswith(MAGIC.get(family, b"")):
        raise Refusal("type_mismatch")
    refuse_second_kind(plain, family)
    return READERS[family](plain, family)


def refuse_second_kind(plain: bytes, family: str) -> None:
    """Readers of PDF look for its mark in the first kilobyte, readers of ZIP for theirs at the end."""
    if family not in {"docx", "xlsx"} and zipfile.is_zipfile(io.BytesIO(plain)):
        raise Refusal("polyglot")
    if family != "pdf" and MAGIC["pdf"] in plain[:1024]:
        raise Refusal("polyglot")


def read_text(plain: bytes, family: str) -> bytes:
    for codec in ("utf-8-sig", "cp932"):
        try:
            text = plain.decode(codec)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refusal("type_mismatch")
    if any(letter < " " and letter not in "\t\r\n\f" for letter in text):
        raise Refusal("type_mismatch")
    return plain


# -- pictures


def read_picture(plain: bytes, family: str) -> bytes:
    """Written anew from its pixels, upright: nothing of EXIF, XMP, comments, thumbnails, or of what was appended, is left."""
    form = family.upper()
    with Image.open(io.BytesIO(plain), formats=[form]) as picture:
        if picture.width * picture.height > PIXELS:
            raise Refusal("too_large_inside")
        upright = ImageOps.exif_transpose(picture)
        bare = Image.new(upright.mode, upright.size)
        if upright.mode == "P":
            upright = upright.convert("RGBA" if "transparency" in upright.info else "RGB")
            bare = Image.new(upright.mode, upright.size)
        bare.paste(upright)
    written = io.BytesIO()
    bare.save(written, form, **({"quality": 92} if form == "JPEG" else {}))
    return written.getvalue()


def without_segments(jpeg: bytes) -> bytes:
    """A JPEG inside a paper keeps its pixels as they are and loses its notes: APP1 to APP13, APP15 and comments."""
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        note = jpeg[at + 1]
        if not (0xE1 <= note <= 0xED or note in (0xEF, 0xFE)):
            kept.append(jpeg[at:end])
        at = end
    return b"".join(kept) + jpeg[at:]


# -- PDF


def read_pdf(plain: bytes, family: str = "pdf") -> bytes:
    try:
        paper = pikepdf.open(io.BytesIO(plain))
    except pikepdf.PasswordError:
        raise Refusal("encrypted") from None
    with paper:
        if paper.is_encrypted:
            raise Refusal("encrypted")
        if len(paper.pages) > PAGES:
            raise Refusal("too_large_inside")
        for thing in paper.objects:
            refuse_active(thing)
        for thing in paper.objects:
            forget_origin(thing)
        for name in ("/Info", "/ID"):
            if name in paper.trailer:
                del paper.trailer[name]
        written = io.BytesIO()
        paper.save(written, fix_metadata_version=False, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def dictionaries_in(thing: Any, depth: int = 0) -> Iterator[Any]:  # Any: objects of a PDF are of every kind
    """The thing and what lies directly in it; what it refers to comes by itself."""
    if depth > 50:
        raise Refusal("too_large_inside")
    if isinstance(thing, pikepdf.Array):
        for one in thing:
            if depth == 0 or not is_indirect(one):
                yield from dictionaries_in(one, depth + 1)
    elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        yield thing
        for one in dict(thing.items()).values():
            if not is_indirect(one):
                yield from dictionaries_in(one, depth + 1)


def is_indirect(thing: Any) -> bool:
    return bool(getattr(thing, "is_indirect", False))


def refuse_active(thing: Any) -> None:
    for found in dictionaries_in(thing):
        names = set(found.keys())
        if names & ACTIVE_KEYS or str(found.get("/S", "")) in ACTIVE_ACTIONS:
            raise Refusal("active_content")
        if names & EMBEDDED_KEYS or str(found.get("/Type", "")) == "/EmbeddedFile" or str(found.get("/Subtype", "")) == "/FileAttachment":
            raise Refusal("embedded_file")


def forget_origin(thing: Any) -> None:
    for found in dictionaries_in(thing):
        for name in ("/Metadata", "/PieceInfo", "/LastModified"):
            if name in found:
                del found[name]
        if isinstance(found, pikepdf.Stream) and found.get("/Filter") in (pikepdf.Name.DCTDecode, pikepdf.Array([pikepdf.Name.DCTDecode])):
            parameters: Any = found.get("/DecodeParms")
            found.write(without_segments(found.read_raw_bytes()), filter=pikepdf.Name.DCTDecode, decode_parms=parameters)


# -- Office


def read_office(plain: bytes, family: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(plain)) as package:
        parts = unpacked(package)
    if MAIN_PART[family] not in parts or "[Content_Types].xml" not in parts:
        raise Refusal("type_mismatch")
    for name, content in parts.items():
        refuse_part(name, content)
    if VBA_Parser("file", data=plain).detect_vba_macros():
        raise Refusal("macro")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
        for name, content in parts.items():
            copy.writestr(zipfile.ZipInfo(name), without_author(name, content), zipfile.ZIP_DEFLATED)
    return written.getvalue()


def unpacked(package: zipfile.ZipFile) -> dict[str, bytes]:
    """All parts, read no further than the bounds, whatever the list of contents claims."""
    entries = package.infolist()
    if len(entries) > ENTRIES:
        raise Refusal("too_large_inside")
    parts: dict[str, bytes] = {}
    left = UNPACKED
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refusal("encrypted")
        if entry.filename in parts or entry.filename.startswith("/") or ".." in entry.filename.split("/") or "\\" in entry.filename:
            raise Refusal("unreadable")
        if entry.file_size > left or (entry.file_size > SMALL and entry.file_size > RATIO * max(entry.compress_size, 1)):
            raise Refusal("too_large_inside")
        with package.open(entry) as part:
            content = part.read(left + 1)
        left -= len(content)
        if left < 0:
            raise Refusal("too_large_inside")
        parts[entry.filename] = content
    return parts


def refuse_part(name: str, content: bytes) -> None:
    lower = name.lower()
    if EICAR in content:
        raise Refusal("malware")
    if "vbaproject" in lower or "/macrosheets/" in lower or (lower == "[content_types].xml" and b"macroenabled" in content.lower()):
        raise Refusal("macro")
    if "/embeddings/" in lower or "/activex/" in lower or content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"MZ")):
        raise Refusal("embedded_file")
    if "/externallinks/" in lower or "/querytables/" in lower or lower.endswith("/connections.xml"):
        raise Refusal("external_reference")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<\0" in content[:4] or b"\0<" in content[:4]:
        raise Refusal("unreadable")  # UTF-16, which the searches below would not read
    if lower.endswith((".xml", ".rels", ".vml")) or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        # also under another ending: the list of contents may call any part a document
        root = ElementTree.fromstring(content, forbid_dtd=True)
        if lower.endswith(".rels"):
            refuse_remote(root)
        else:
            refuse_dde(root, content)


def refuse_remote(root: Any) -> None:
    """A link that somebody clicks may stay; what is fetched by opening may not."""
    for relation in root:
        if relation.get("TargetMode", "").lower() == "external" and not relation.get("Type", "").endswith("/hyperlink"):
            raise Refusal("external_reference")


def refuse_dde(root: Any, content: bytes) -> None:
    """Word puts a field's instruction together from several pieces, so they are joined before they are looked at."""
    instructions = "".join(
        (one.text or "") if one.tag.endswith("}instrText") else next((value for name, value in one.items() if name.endswith("}instr")), "")
        for one in root.iter()
        if one.tag.endswith(("}instrText", "}fldSimple"))
    )
    if DDE.search(instructions.encode()) or "INCLUDE" in instructions or b"ddeLink" in content:
        raise Refusal("external_reference")


def without_author(name: str, content: bytes) -> bytes:
    if name in EMPTY_PROPERTIES:
        return EMPTY_PROPERTIES[name]
    if name.lower().endswith((".jpg", ".jpeg")) and content.startswith(MAGIC["jpeg"]):
        return without_segments(content)
    if name.lower().startswith("docprops/thumbnail"):
        return b""
    if name.startswith("word/") and name.endswith(".xml"):
        return AUTHORS.sub(rb'\1=""', content)
    return content


READERS: dict[str, Callable[[bytes, str], bytes]] = {
    "text": read_text,
    "jpeg": read_picture,
    "png": read_picture,
    "pdf": read_pdf,
    "docx": read_office,
    "xlsx": read_office,
}
# named, so that they are loaded before the rights are given up: notes of a photo are a TIFF, photos of some phones several in one
FORMATS = (JpegImagePlugin, PngImagePlugin, TiffImagePlugin, MpoImagePlugin)


def main() -> None:
    family = sys.argv[1]
    Image.MAX_IMAGE_PIXELS = PIXELS
    load_what_comes_late()
    give_up_rights()
    plain = sys.stdin.buffer.read()
    refusal, copy = "", b""
    try:
        copy = look_at(plain, family)
    except Refusal as said:
        refusal = str(said)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        refusal = "too_large_inside"
    except DefusedXmlException:
        refusal = "active_content"
    except Exception:  # noqa: BLE001 - a library that stumbles over a file has said that it cannot be read
        refusal = "unreadable"
    sys.stdout.buffer.write(json.dumps({"refusal": refusal}).encode() + b"\n" + copy)


if __name__ == "__main__":
    main()
