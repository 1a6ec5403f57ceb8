"""XMP: descriptions and keywords in `dc:description` and `dc:subject`, as digiKam and Lightroom read them.

Albums are `mwg-coll:Collections`, which the Metadata Working Group made for them (guidelines 2.0). As keywords, such as
``Albums|My trip``, more programs would show them; but of several lists of keywords digiKam reads the first that is not
empty, so that albums in `lr:hierarchicalSubject` would hide what stands in `dc:subject`.
"""

from __future__ import annotations

from lxml import etree

from index_data.catalogue.conditions import MARK_VALUES, Mark
from index_data.exchange.notes import Noted, NotedCaption, Provenance
from index_data.metadata.packet import DC, RDF, XMP, leaves_of_hierarchies, parsed, rdf_of, texts, titles

OWN = "urn:x-imgsearch:xmp#"
"""What imgsearch wrote: `description`, its `source` and the time it was `written`, and `subject`, keywords it added;
`album`, albums it added, and `rating` and `label`.

Once somebody changes the description, it is theirs. Earlier versions wrote an unreviewed description as `proposed`.
"""

COLLECTIONS = "http://www.metadataworkinggroup.com/schemas/collections/"

EMPTY = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="imgsearch">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="" xmlns:dc="{DC}" xmlns:imgsearch="{OWN}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def read_xmp(packet: bytes, *, path: bytes = b"") -> Noted:
    """Reads the description, in the default language if there are several, keywords, albums, the rating and the colour.

    Raises:
        XmpError: It is no XMP.
    """
    rdf = rdf_of(parsed(packet))
    description = next(iter(texts(rdf, DC, "description")), "")
    tags = dict.fromkeys(texts(rdf, DC, "subject"))
    known = {tag.casefold() for tag in tags}
    tags |= dict.fromkeys(leaf for leaf in leaves_of_hierarchies(rdf) if leaf.casefold() not in known)
    captions = (_noted(rdf, description),) if description else ()
    return Noted(path, captions, tuple(tags), marks=_marks(rdf), albums=tuple(name for _, name in collections(rdf)))


def said_by(rdf: etree._Element, name: str) -> str:
    """A property of XMP's own; empty where there is none, and for a rating of zero, which programs write for none."""
    text = next(iter(texts(rdf, XMP, name)), "")
    return "" if text == "0" else text


def _marks(rdf: etree._Element) -> tuple[tuple[Mark, str], ...]:
    """The rating and the colour, as Lightroom, darktable and digiKam write them; -1 rejects."""
    rating, label = said_by(rdf, "Rating").removesuffix(".0"), said_by(rdf, "Label").lower()
    marks = [(Mark.RATING, rating)] if rating in MARK_VALUES[Mark.RATING] else []
    marks += [(Mark.PICK, "rejected")] if rating == "-1" else []
    marks += [(Mark.LABEL, label)] if label in MARK_VALUES[Mark.LABEL] else []
    return tuple(marks)


def read_titles(packet: bytes) -> list[str]:
    """Reads what names a photograph where nothing describes it.

    Raises:
        XmpError: It is no XMP.
    """
    return titles(rdf_of(parsed(packet)))


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


def collections(rdf: etree._Element) -> list[tuple[etree._Element, str]]:
    """The entries of the list of albums, each with its name; those without one are left out."""
    name = f"{{{COLLECTIONS}}}CollectionName"
    named = []
    for item in rdf.findall(f"{{{RDF}}}Description/{{{COLLECTIONS}}}Collections/*/{{{RDF}}}li"):
        texts_of_item = (text for node in item.iter() for text in (node.get(name), node.tag == name and text_of(node)))
        named += [(item, text) for text in texts_of_item if text][:1]
    return named


def nodes(rdf: etree._Element, name: str) -> list[etree._Element]:
    """The elements of a property of Dublin Core."""
    return rdf.findall(f"{{{RDF}}}Description/{{{DC}}}{name}")


def items(rdf: etree._Element, name: str) -> list[etree._Element]:
    """The entries of the lists of a property."""
    return [item for node in nodes(rdf, name) for item in node.findall(f"*/{{{RDF}}}li")]


def text_of(node: etree._Element) -> str:
    """The words in an element."""
    return "".join(str(part) for part in node.itertext()).strip()
