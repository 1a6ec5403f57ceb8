"""What is written into XMP sidecars: words of a library, never over those of a person or of another program."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from index_data.catalogue.conditions import Mark
from index_data.exchange.notes import NotedCaption, Provenance
from index_data.exchange.xmp import (
    COLLECTIONS,
    EMPTY,
    OWN,
    collections,
    items,
    nodes,
    own_text,
    read_xmp,
    said_by,
    text_of,
)
from index_data.metadata.packet import DC, DEFAULT, LANGUAGE, RDF, XMP, parsed, rdf_of

_DESCRIPTION = f"{{{RDF}}}Description"
_PREFIXES = {DC: "dc", OWN: "imgsearch", COLLECTIONS: "mwg-coll"}
_OURS = tuple(f"{{{OWN}}}{name}" for name in ("description", "source", "written", "proposed"))


def gives_way(packet: bytes | None, caption: NotedCaption, *, former: Collection[str] = ()) -> bool:
    """Whether a caption of a library may take the place of the description in a sidecar.

    What imgsearch wrote gives way to what weighs as much, and to anything once it was refused; the words of others
    only to what a person typed here, and not once somebody has changed those very words after they were written.

    Args:
        packet: What is there; nothing for a new sidecar.
        caption: What would be written; without a source, a person typed it.
        former: Captions that were rejected, edited or undone in the library.

    Raises:
        XmpError: What is there is no XMP.
    """
    present = next(iter(read_xmp(packet).captions), None) if packet is not None else None
    source = Provenance.TYPED if caption.source is None else caption.source
    if packet is None or present is None or present.text == caption.text:
        return True
    if present.source is not None:
        return present.text in former or source >= present.source
    return source is Provenance.TYPED and own_text(rdf_of(parsed(packet)), "description") != caption.text


def merged(
    packet: bytes | None,
    *,
    caption: NotedCaption | None,
    tags: Collection[str],
    former: Collection[str] = (),
    former_tags: Collection[str] = (),
    marks: Mapping[Mark, str] | None = None,
    albums: Collection[str] = (),
    former_albums: Collection[str] = (),
) -> bytes:
    """Puts a caption, keywords, albums, a rating and a colour into XMP, and keeps everything else that is there.

    Args:
        packet: What is there; nothing for a new sidecar.
        caption: In place of the description in the default language; without a source, a person typed it. With none,
            a description stays, unless imgsearch wrote it and it is a former one.
        tags: Keywords to add to those that are there.
        former: Captions that were rejected, edited or undone in the library.
        former_tags: Keywords that were taken off in the library; those that imgsearch wrote go.
        marks: Those of the photograph; a rating or colour that somebody changed after imgsearch wrote it stays.
        albums: Names of those that hold the photograph, to add to those that are there.
        former_albums: Those that it was taken out of in the library; those that imgsearch wrote go.

    Returns:
        XMP in UTF-8; `packet` itself if that says it all.

    Raises:
        XmpError: What is there is no XMP.
    """
    tree = parsed(EMPTY if packet is None else packet)
    rdf = rdf_of(tree)
    present = next(iter(read_xmp(packet).captions), None) if packet is not None else None
    subject = _difference({text_of(item) for item in items(rdf, "subject")}, _own_tags(rdf), tags, former_tags)
    held = _difference({name for _, name in collections(rdf)}, _own_names(rdf, "album"), albums, former_albums)
    withdrawn = caption is None and present is not None and present.source is not None and present.text in former
    described = caption is not None and (present is None or not _same(present, caption))
    values = _new_values(rdf, marks or {})
    if packet is not None and not (described or withdrawn or subject.changes or held.changes or values):
        return packet
    if described and caption is not None:
        _describe(rdf, caption)
    elif withdrawn:
        _forget(rdf)
    for item, name in [(item, text_of(item)) for item in items(rdf, "subject")]:
        if name in subject.gone:
            _remove(item)
    for item, name in collections(rdf):
        if name in held.gone:
            _remove(item)
    _append(rdf, DC, "subject", subject.added)
    _add_to_collections(rdf, held.added)
    for name, value in values.items():
        _put_value(rdf, name, value)
    _note_own(rdf, "subject", subject.own)
    _note_own(rdf, "album", held.own)
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=False)


def is_written(marks: Mapping[Mark, str]) -> bool:
    """Whether XMP has a place for one of these marks."""
    return any(_values(marks).values())


def _values(marks: Mapping[Mark, str]) -> dict[str, str]:
    rating = "-1" if marks.get(Mark.PICK) == "rejected" else marks.get(Mark.RATING, "")
    return {"Rating": rating, "Label": marks.get(Mark.LABEL, "").capitalize()}


def _new_values(rdf: etree._Element, marks: Mapping[Mark, str]) -> dict[str, str]:
    """What is to be written of each property; empty to take it away."""
    new = {}
    for name, value in _values(marks).items():
        present, written = said_by(rdf, name), own_text(rdf, name.lower())
        changed_since = present != written and (not value or value == written)
        if value != present and not (present and changed_since):
            new[name] = value
    return new


def _put_value(rdf: etree._Element, name: str, value: str) -> None:
    """Sets a property of XMP's own, and notes that imgsearch did."""
    properties = (f"{{{XMP}}}{name}", f"{{{OWN}}}{name.lower()}")
    for holder in rdf.iter(_DESCRIPTION):
        for key in properties:
            holder.attrib.pop(key, "")
            for node in holder.findall(key):
                _remove(node)
    if value:
        holder = _holder(rdf)
        for key in properties:
            holder.set(key, value)


def _same(present: NotedCaption, caption: NotedCaption) -> bool:
    """Whether a sidecar says a caption already; what others wrote stays theirs."""
    source = Provenance.TYPED if caption.source is None else caption.source
    return present.text == caption.text and present.source in (None, source)


@dataclass(frozen=True, slots=True)
class _Difference:
    """What becomes of the names in a list.

    Attributes:
        added: Those to be written.
        gone: Those to be taken away.
        own: Those of imgsearch, once that is done.
    """

    added: tuple[str, ...]
    gone: frozenset[str]
    own: frozenset[str]

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.added or self.gone)


def _difference(
    present: Collection[str], own: Collection[str], wanted: Collection[str], former: Collection[str]
) -> _Difference:
    """Compares what a list holds, and what of it imgsearch wrote, with what a library wants and what it gave up."""
    added = tuple(name for name in dict.fromkeys(wanted) if name not in present)
    ours = set(own) & set(present)
    gone = frozenset(ours & set(former) - set(wanted))
    return _Difference(added, gone, frozenset(ours - gone | set(added)))


def _own_tags(rdf: etree._Element) -> set[str]:
    """The keywords that imgsearch wrote: those it noted, in a file of an earlier version all."""
    noted = _own_names(rdf, "subject")
    holder = rdf.getparent()
    earlier = holder is not None and holder.get("{adobe:ns:meta/}xmptk") == "imgsearch"
    if earlier and not noted and not own_text(rdf, "description"):
        return {text_of(item) for item in items(rdf, "subject")}
    return noted


def _own_names(rdf: etree._Element, name: str) -> set[str]:
    """What imgsearch noted as written by it."""
    return {text_of(item) for item in rdf.findall(f"{_DESCRIPTION}/{{{OWN}}}{name}/*/{{{RDF}}}li")}


def _note_own(rdf: etree._Element, name: str, names: Collection[str]) -> None:
    for node in rdf.findall(f"{_DESCRIPTION}/{{{OWN}}}{name}"):
        _remove(node)
    _append(rdf, OWN, name, sorted(names))


def _append(rdf: etree._Element, space: str, name: str, texts: Collection[str]) -> None:
    """Adds texts to the list below a property."""
    if texts:
        bag = _container(rdf, space, name, "Bag")
        for text in texts:
            etree.SubElement(bag, f"{{{RDF}}}li").text = text


def _add_to_collections(rdf: etree._Element, albums: Collection[str]) -> None:
    if albums:
        bag = _container(rdf, COLLECTIONS, "Collections", "Bag")
        for album in albums:
            item = etree.SubElement(bag, f"{{{RDF}}}li", {f"{{{RDF}}}parseType": "Resource"})
            etree.SubElement(item, f"{{{COLLECTIONS}}}CollectionName").text = album


def _forget(rdf: etree._Element) -> None:
    """Takes the description in the default language away, and what was noted of it."""
    for holder in rdf.iter(_DESCRIPTION):
        for attribute in (f"{{{DC}}}description", *_OURS):
            holder.attrib.pop(attribute, "")
        for name in _OURS:
            for node in holder.findall(name):
                _remove(node)
    for node in nodes(rdf, "description"):
        for item in node.findall(f"*/{{{RDF}}}li"):
            if item.get(LANGUAGE, DEFAULT) == DEFAULT:
                _remove(item)
        if not node.findall(f"*/{{{RDF}}}li"):
            _remove(node)


def _describe(rdf: etree._Element, caption: NotedCaption) -> None:
    _forget(rdf)
    alternatives = _container(rdf, DC, "description", "Alt")
    item = etree.Element(f"{{{RDF}}}li")
    item.set(LANGUAGE, DEFAULT)
    item.text = caption.text
    alternatives.insert(0, item)
    source = Provenance.TYPED if caption.source is None else caption.source
    if caption.source is None and caption.state == "proposed":
        source = Provenance.PROPOSED
    holder = next(alternatives.iterancestors(_DESCRIPTION))
    written = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    for name, value in zip(_OURS, (caption.text, source.name.lower(), written), strict=False):
        holder.set(name, value)


def _container(rdf: etree._Element, space: str, name: str, kind: str) -> etree._Element:
    """The list below a property, made where there is none."""
    node = rdf.find(f"{_DESCRIPTION}/{{{space}}}{name}")
    if node is None:
        node = etree.SubElement(_holder(rdf), f"{{{space}}}{name}", nsmap={_PREFIXES[space]: space})
    node.text = None
    kinds = {f"{{{RDF}}}{known}" for known in ("Alt", "Bag", "Seq")}
    listed = next((child for child in node if child.tag in kinds), None)
    return etree.SubElement(node, f"{{{RDF}}}{kind}") if listed is None else listed


def _holder(rdf: etree._Element) -> etree._Element:
    """Where properties stand, made where there is none."""
    holder = next(rdf.iterchildren(_DESCRIPTION), None)
    if holder is None:
        holder = etree.SubElement(rdf, _DESCRIPTION, {f"{{{RDF}}}about": ""}, nsmap={"dc": DC, "imgsearch": OWN})
    return holder


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)
