"""XMP: descriptions and keywords in `dc:description` and `dc:subject`, as digiKam and Lightroom read them."""

from __future__ import annotations

import codecs
import re

from lxml import etree

from index_data.exchange.notes import Noted, NotedCaption, Provenance

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
DEFAULT = "x-default"
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How XML in wide characters begins, with a mark or without; the longer marks begin as the shorter ones do."""

OWN = "urn:x-imgsearch:xmp#"
"""What imgsearch wrote: `description`, its `source` and the time it was `written`, and `subject`, keywords it added.

Once somebody changes the description, it is theirs. Earlier versions wrote an unreviewed description as `proposed`.
"""

EMPTY = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="imgsearch">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="" xmlns:dc="{DC}" xmlns:imgsearch="{OWN}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


class XmpError(ValueError):
    """The text is no XMP."""


def read_xmp(packet: bytes, *, path: bytes = b"") -> Noted:
    """Reads the description, in the default language if there are several, and the keywords.

    Raises:
        XmpError: It is no XMP.
    """
    rdf = rdf_of(parsed(packet))
    texts = {item.get(LANGUAGE, ""): text_of(item) for item in items(rdf, "description")}
    plain = [text_of(node) for node in nodes(rdf, "description") if not len(node)]
    plain += [candidate.get(f"{{{DC}}}description", "").strip() for candidate in rdf.iter(f"{{{RDF}}}Description")]
    candidates = [texts.get(DEFAULT, ""), *texts.values(), *plain]
    description = next((candidate for candidate in candidates if candidate), "")
    tags = dict.fromkeys(filter(None, map(text_of, items(rdf, "subject"))))
    return Noted(path, (_noted(rdf, description),) if description else (), tuple(tags))


def own_text(rdf: etree._Element, name: str) -> str:
    """A text of our own namespace, which programs write as an attribute or as an element."""
    for holder in rdf.iter(f"{{{RDF}}}Description"):
        node = holder.find(f"{{{OWN}}}{name}")
        text = holder.get(f"{{{OWN}}}{name}") or ("" if node is None or len(node) else text_of(node))
        if text:
            return text.strip()
    return ""


def _noted(rdf: etree._Element, description: str) -> NotedCaption:
    if description == own_text(rdf, "proposed"):
        source = Provenance.PROPOSED
    elif description == own_text(rdf, "description"):
        source = Provenance.__members__.get(own_text(rdf, "source").upper(), Provenance.TYPED)
    else:
        return NotedCaption(description)
    if source is Provenance.PROPOSED:
        return NotedCaption(description, "model", "proposed", source)
    return NotedCaption(description, source=source)


def nodes(rdf: etree._Element, name: str) -> list[etree._Element]:
    """The elements of a property of Dublin Core."""
    return rdf.findall(f"{{{RDF}}}Description/{{{DC}}}{name}")


def items(rdf: etree._Element, name: str) -> list[etree._Element]:
    """The entries of the lists of a property."""
    return [item for node in nodes(rdf, name) for item in node.findall(f"*/{{{RDF}}}li")]


def text_of(node: etree._Element) -> str:
    """The words in an element."""
    return "".join(str(part) for part in node.itertext()).strip()


def parsed(packet: bytes) -> etree._ElementTree:
    """Reads XML.

    Raises:
        XmpError: It is not XML, or declares a document type.
    """
    # No entity is expanded and nothing is fetched: a photograph may come from anywhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_narrow(packet), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmpError(f"it is not XML ({error})") from error
    tree = root.getroottree()
    if tree.docinfo.doctype:
        raise XmpError("it declares a document type, which XMP never does")
    return tree


def _narrow(packet: bytes) -> bytes:
    """XML in UTF-8 without what pads it, whatever it was written in.

    Raises:
        ValueError: It begins as UTF-16 or UTF-32 and is not.
    """
    for mark, kind in _WIDE:
        if packet.startswith(mark):
            text = packet.decode(kind).strip("\ufeff\0 \r\n\t")
            return re.sub(r"^<\?xml\b[^>]*\?>", "", text).encode()
    return packet.strip(b"\0 \r\n\t")


def rdf_of(tree: etree._ElementTree) -> etree._Element:
    """The element that holds the descriptions.

    Raises:
        XmpError: There is none.
    """
    root = tree.getroot()
    rdf = next(root.iter(f"{{{RDF}}}RDF"), None)
    if rdf is None:
        raise XmpError("it holds no RDF")
    return rdf
