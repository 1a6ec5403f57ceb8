"""Reads XMP, the metadata of Adobe and others, in whatever encoding it comes: packets in photographs, and sidecars."""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree

from index_data.metadata.dates import first_date, read_date
from index_data.metadata.text import decode_windows

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
EXIF = "http://ns.adobe.com/exif/1.0/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
TIFF = "http://ns.adobe.com/tiff/1.0/"
XMP = "http://ns.adobe.com/xap/1.0/"

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
DEFAULT = "x-default"

MOST_BYTES = 16 * 2**20
"""Of a packet or sidecar."""

_HIERARCHIES = (
    ("{http://ns.adobe.com/lightroom/1.0/}hierarchicalSubject", "|"),
    ("{http://www.digikam.org/ns/1.0/}TagsList", "/"),
    ("{http://ns.microsoft.com/photo/1.0}LastKeywordXMP", "/"),
    ("{http://ns.microsoft.com/photo/1.0/}LastKeywordXMP", "/"),
    ("{http://ns.iview-multimedia.com/mediapro/1.0/}CatalogSets", "|"),
    ("{http://ns.acdsee.com/iptc/1.0/}categories", "/"),
)
_WIDE = {
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
    b"\xff\xfe\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
}
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_PADDING = "\0 \r\n\t\ufeff"


class XmpError(ValueError):
    """The text is no XMP."""


def decoded(packet: bytes) -> str:
    """The text of a packet, by its mark or by how its first signs are stored, without padding and declaration."""
    encoding = _WIDE.get(packet[:4]) or {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}.get(packet[:2])
    encoding = encoding or {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}.get(packet[:2])
    if encoding:
        unit = 4 if "32" in encoding else 2
        text = packet[: len(packet) // unit * unit].decode(encoding, "replace")
    else:
        try:
            text = packet.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = decode_windows(packet)
    return _DECLARATION.sub("", text.strip(_PADDING), count=1)


def parsed(packet: bytes) -> etree._ElementTree:
    """The XML of a packet.

    Raises:
        XmpError: It is no XML, too large, or declares a document type.
    """
    if len(packet) > MOST_BYTES:
        raise XmpError("it is too large")
    # No entity is expanded and nothing is fetched: a photograph may come from anywhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(decoded(packet).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmpError(f"it is not XML ({error})") from error
    tree = root.getroottree()
    if tree.docinfo.doctype:
        raise XmpError("it declares a document type, which XMP never does")
    return tree


def rdf_of(tree: etree._ElementTree) -> etree._Element:
    """The RDF of a packet.

    Raises:
        XmpError: It holds none.
    """
    rdf = next(tree.getroot().iter(f"{{{RDF}}}RDF"), None)
    if rdf is None:
        raise XmpError("it holds no RDF")
    return rdf


def texts(rdf: etree._Element, namespace: str, name: str) -> list[str]:
    """What a property says, in the default language first, in each of the ways to write it."""
    by_language: list[tuple[bool, str]] = []
    for description in rdf.iter(f"{{{RDF}}}Description"):
        for node in description.findall(f"{{{namespace}}}{name}"):
            items = node.findall(f"*/{{{RDF}}}li")
            by_language += [(item.get(LANGUAGE, DEFAULT) != DEFAULT, _text(item)) for item in items]
            if not len(node):
                by_language.append((True, _text(node)))
        by_language.append((True, description.get(f"{{{namespace}}}{name}", "").strip()))
    return [text for _, text in sorted(by_language, key=lambda pair: pair[0]) if text]


def titles(rdf: etree._Element) -> list[str]:
    """What names a photograph where nothing describes it."""
    properties = ((DC, "title"), (PHOTOSHOP, "Headline"), (EXIF, "UserComment"), (TIFF, "ImageDescription"))
    return [text for namespace, name in properties for text in texts(rdf, namespace, name)[:1]]


def leaves_of_hierarchies(rdf: etree._Element) -> list[str]:
    """The last names of tags that stand in hierarchies, such as Rome of ``Places|Italy|Rome``."""
    leaves: list[str] = []
    for name, separator in _HIERARCHIES:
        namespace, _, local = name[1:].partition("}")
        for text in texts(rdf, namespace, local):
            if not text.startswith("<"):
                leaves.append(text.rpartition(separator)[2].strip())
    return [leaf for leaf in dict.fromkeys(leaves) if leaf]


def date_taken(rdf: etree._Element) -> datetime | None:
    """When the photograph was taken, as the packet says."""
    return _date(rdf, ((EXIF, "DateTimeOriginal"), (PHOTOSHOP, "DateCreated")))


def date_digitised(rdf: etree._Element) -> datetime | None:
    """When it became a file."""
    return _date(rdf, ((EXIF, "DateTimeDigitized"), (XMP, "CreateDate"), (DC, "date")))


def date_modified(rdf: etree._Element) -> datetime | None:
    """When its file was changed."""
    return _date(rdf, ((XMP, "ModifyDate"), (TIFF, "DateTime")))


def _date(rdf: etree._Element, properties: tuple[tuple[str, str], ...]) -> datetime | None:
    return first_date(read_date(text) for namespace, name in properties for text in texts(rdf, namespace, name))


def _text(node: etree._Element) -> str:
    return "".join(str(part) for part in node.itertext()).strip()
