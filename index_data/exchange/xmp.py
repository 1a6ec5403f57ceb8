"""XMP: descriptions and keywords in `dc:description` and `dc:subject`, as digiKam and Lightroom read them."""

from __future__ import annotations

from lxml import etree

from index_data.exchange.notes import Noted, NotedCaption

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
DEFAULT = "x-default"
PROPOSED = "{urn:x-imgsearch:xmp#}proposed"
"""A description that a model wrote and nobody has reviewed; once somebody changes the description, it is a person's."""

EMPTY = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="imgsearch">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="" xmlns:dc="{DC}"/>
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
    rdf = _rdf(_parsed(packet))
    texts = {item.get(LANGUAGE, ""): _text(item) for item in _items(rdf, "description")}
    plain = [_text(node) for node in _nodes(rdf, "description") if not len(node)]
    plain += [one.get(f"{{{DC}}}description", "").strip() for one in rdf.iter(f"{{{RDF}}}Description")]
    candidates = [texts.get(DEFAULT, ""), *texts.values(), *plain]
    description = next((one for one in candidates if one), "")
    tags = dict.fromkeys(filter(None, map(_text, _items(rdf, "subject"))))
    if description and description in {one.get(PROPOSED) for one in rdf.iter(f"{{{RDF}}}Description")}:
        return Noted(path, (NotedCaption(description, "model", "proposed"),), tuple(tags))
    return Noted(path, (NotedCaption(description),) if description else (), tuple(tags))


def merged(packet: bytes | None, *, caption: NotedCaption | None, tags: tuple[str, ...]) -> bytes:
    """Puts a caption and keywords into XMP, and keeps everything else that is there.

    Args:
        packet: What is there; nothing for a new sidecar.
        caption: In place of the description in the default language; none leaves that as it is.
        tags: Keywords to add to those that are there.

    Returns:
        XMP in UTF-8; `packet` itself if that says it all.

    Raises:
        XmpError: What is there is no XMP.
    """
    if packet is not None:
        there = read_xmp(packet)
        said = {(one.text, one.state) for one in there.captions}
        if set(tags) <= set(there.tags) and (caption is None or (caption.text, caption.state) in said):
            return packet
    tree = _parsed(packet or EMPTY)
    rdf = _rdf(tree)
    if caption is not None:
        _describe(rdf, caption)
    if tags:
        bag = _container(rdf, "subject", "Bag")
        known = {_text(item) for item in bag}
        for tag in tags:
            if tag not in known:
                etree.SubElement(bag, f"{{{RDF}}}li").text = tag
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=False)


def _describe(rdf: etree._Element, caption: NotedCaption) -> None:
    for holder in rdf.iter(f"{{{RDF}}}Description"):
        for attribute in (f"{{{DC}}}description", PROPOSED):
            holder.attrib.pop(attribute, "")
    alternatives = _container(rdf, "description", "Alt")
    if caption.state == "proposed":
        next(alternatives.iterancestors(f"{{{RDF}}}Description")).set(PROPOSED, caption.text)
    item = next((one for one in alternatives if one.get(LANGUAGE, DEFAULT) == DEFAULT), None)
    if item is None:
        item = etree.Element(f"{{{RDF}}}li")
        alternatives.insert(0, item)
    for child in list(item):
        item.remove(child)
    item.set(LANGUAGE, DEFAULT)
    item.text = caption.text


def _container(rdf: etree._Element, name: str, kind: str) -> etree._Element:
    """The list below a property, made where there is none."""
    node = next(iter(_nodes(rdf, name)), None)
    if node is None:
        holder = next(rdf.iterchildren(f"{{{RDF}}}Description"), None)
        if holder is None:
            holder = etree.SubElement(rdf, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""}, nsmap={"dc": DC})
        node = etree.SubElement(holder, f"{{{DC}}}{name}", nsmap={"dc": DC})
    node.text = None
    listed = next((one for one in node if one.tag in {f"{{{RDF}}}{known}" for known in ("Alt", "Bag", "Seq")}), None)
    return etree.SubElement(node, f"{{{RDF}}}{kind}") if listed is None else listed


def _nodes(rdf: etree._Element, name: str) -> list[etree._Element]:
    return rdf.findall(f"{{{RDF}}}Description/{{{DC}}}{name}")


def _items(rdf: etree._Element, name: str) -> list[etree._Element]:
    return [item for node in _nodes(rdf, name) for item in node.findall(f"*/{{{RDF}}}li")]


def _text(node: etree._Element) -> str:
    return "".join(str(part) for part in node.itertext()).strip()


def _parsed(packet: bytes) -> etree._ElementTree:
    # No entity is expanded and nothing is fetched: a photograph may come from anywhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(packet.strip(b"\0 \r\n\t"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmpError(f"it is not XML ({error})") from error
    tree = root.getroottree()
    if tree.docinfo.doctype:
        raise XmpError("it declares a document type, which XMP never does")
    return tree


def _rdf(tree: etree._ElementTree) -> etree._Element:
    root = tree.getroot()
    found = next(root.iter(f"{{{RDF}}}RDF"), None)
    if found is None:
        raise XmpError("it holds no RDF")
    return found
