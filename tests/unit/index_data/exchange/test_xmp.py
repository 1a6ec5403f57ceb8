"""Sidecars: what other programs wrote stays, and what they wrote is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from index_data.catalogue.conditions import Mark
from index_data.exchange import embedded
from index_data.exchange.embedded import sidecars
from index_data.exchange.notes import Noted, NotedCaption
from index_data.exchange.sidecars import merged
from index_data.exchange.xmp import read_xmp
from index_data.metadata.packet import DC, RDF, XmpError
from tests.unit.index_data.conftest import paint
from tests.unit.index_data.exchange.strategies import WORDS

LIGHTROOM = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmp:Rating="4" crs:Exposure2012="+0.35">
   <dc:subject xmlns:dc="{DC}"><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
   <dc:description xmlns:dc="{DC}"><rdf:Alt>
     <rdf:li xml:lang="de-DE">Ein Hund</rdf:li><rdf:li xml:lang="x-default">A dog</rdf:li></rdf:Alt></dc:description>
   <crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()
FOUR_STARS = ((Mark.RATING, "4"),)
"""What that rates."""


@given(caption=WORDS, tags=st.lists(WORDS, unique=True, max_size=3).map(tuple))
def test_a_new_sidecar_comes_back(caption: str, tags: tuple[str, ...]) -> None:
    packet = merged(None, caption=NotedCaption(caption), tags=tags)
    assert read_xmp(packet) == Noted(b"", (NotedCaption(caption),), tags)
    assert merged(packet, caption=NotedCaption(caption), tags=tags) is packet


@given(caption=WORDS, tags=st.lists(WORDS, unique=True, max_size=3).map(tuple))
def test_other_fields_of_a_sidecar_are_kept(caption: str, tags: tuple[str, ...]) -> None:
    packet = merged(LIGHTROOM, caption=NotedCaption(caption), tags=tags)
    found = read_xmp(packet)
    assert found.captions == (NotedCaption(caption),)
    assert found.tags == tuple(dict.fromkeys(("sea", *tags)))
    for kept in (b'xmp:Rating="4"', b'crs:Exposure2012="+0.35"', b"0, 0", b"Ein Hund", b"<?xpacket begin", b'end="w"'):
        assert kept in packet


def test_a_sidecar_has_the_form_that_other_programs_read() -> None:
    root = etree.fromstring(merged(None, caption=NotedCaption("a dog"), tags=("pet", "sea")))
    names = {"rdf": RDF, "dc": DC}
    (item,) = root.findall("rdf:RDF/rdf:Description/dc:description/rdf:Alt/rdf:li", names)
    assert (item.text, item.get("{http://www.w3.org/XML/1998/namespace}lang")) == ("a dog", "x-default")
    bag = root.findall("rdf:RDF/rdf:Description/dc:subject/rdf:Bag/rdf:li", names)
    assert [one.text for one in bag] == ["pet", "sea"]


COLLECTIONS = "http://www.metadataworkinggroup.com/schemas/collections/"
THEIRS = f"""<rdf:RDF xmlns:rdf="{RDF}" xmlns:coll="{COLLECTIONS}"><rdf:Description rdf:about="">
 <coll:Collections><rdf:Bag>
  <rdf:li rdf:parseType="Resource"><coll:CollectionName>Rome</coll:CollectionName>
   <coll:CollectionURI>https://example.org/rome</coll:CollectionURI></rdf:li>
  <rdf:li><rdf:Description coll:CollectionName="Best of 2019"/></rdf:li>
  <rdf:li coll:CollectionName="Family"/>
  <rdf:li rdf:parseType="Resource"><coll:CollectionURI>https://example.org/nameless</coll:CollectionURI></rdf:li>
 </rdf:Bag></coll:Collections></rdf:Description></rdf:RDF>""".encode()
"""Albums in the three ways in which RDF writes them, and one that has an address alone."""


@given(albums=st.lists(WORDS, unique=True, max_size=3).map(tuple), tags=st.lists(WORDS, unique=True, max_size=2))
def test_albums_come_back_and_leave_keywords_alone(albums: tuple[str, ...], tags: list[str]) -> None:
    packet = merged(None, caption=None, tags=tags, albums=albums)
    assert read_xmp(packet) == Noted(b"", (), tuple(tags), albums=albums)
    assert merged(packet, caption=None, tags=tags, albums=albums) is packet


def test_albums_of_others_stay_and_our_own_go_once_a_photograph_is_taken_out() -> None:
    assert read_xmp(THEIRS).albums == ("Rome", "Best of 2019", "Family")
    packet = merged(THEIRS, caption=None, tags=(), albums=("Rome", "My trip"))
    assert read_xmp(packet).albums == ("Rome", "Best of 2019", "Family", "My trip")
    left = merged(packet, caption=None, tags=(), former_albums=("Rome", "My trip"))
    assert read_xmp(left).albums == ("Rome", "Best of 2019", "Family")
    assert b"https://example.org/rome" in left
    assert b"My trip" not in left


def test_albums_have_the_form_of_the_metadata_working_group() -> None:
    root = etree.fromstring(merged(None, caption=None, tags=(), albums=("My trip",)))
    names = {"rdf": RDF, "coll": COLLECTIONS}
    (item,) = root.findall("rdf:RDF/rdf:Description/coll:Collections/rdf:Bag/rdf:li", names)
    assert item.get(f"{{{RDF}}}parseType") == "Resource"
    assert item.findtext("coll:CollectionName", namespaces=names) == "My trip"


def test_without_a_description_the_present_one_stays() -> None:
    assert read_xmp(merged(LIGHTROOM, caption=None, tags=("new",))) == Noted(
        b"", (NotedCaption("A dog"),), ("sea", "new"), marks=FOUR_STARS
    )


def test_a_proposal_stays_one_until_somebody_changes_it() -> None:
    proposal = NotedCaption("a dog", "model", "proposed")
    packet = merged(None, caption=proposal, tags=())
    assert read_xmp(packet).captions == (proposal,)
    assert read_xmp(packet.replace(b">a dog<", b">my dog<")).captions == (NotedCaption("my dog"),)
    accepted = merged(packet, caption=NotedCaption("a dog"), tags=())
    assert read_xmp(accepted).captions == (NotedCaption("a dog"),)
    assert b"proposed" not in accepted


@pytest.mark.parametrize(
    "body",
    [
        '<rdf:Description rdf:about="" dc:description="A dog"/>',
        "<rdf:Description><dc:description>A dog</dc:description></rdf:Description>",
        '<rdf:Description><dc:description><rdf:Alt><rdf:li xml:lang="en">A dog</rdf:li></rdf:Alt></dc:description>'
        "</rdf:Description>",
    ],
)
def test_other_ways_to_write_a_description(body: str) -> None:
    packet = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:dc="{DC}">{body}</rdf:RDF>'.encode()
    assert read_xmp(packet).captions == (NotedCaption("A dog"),)
    assert read_xmp(merged(packet, caption=NotedCaption("A cat"), tags=())).captions == (NotedCaption("A cat"),)


@pytest.mark.parametrize(
    ("packet", "message"),
    [
        (b"", "it is not XML"),
        (b"<a>", "it is not XML"),
        (b"<a/>", "holds no RDF"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "declares a document type"),
        (b'<!DOCTYPE a [<!ENTITY e "eee"><!ENTITY f "&e;&e;">]><a>&f;</a>', "declares a document type"),
    ],
)
def test_what_is_no_xmp_is_refused(packet: bytes, message: str) -> None:
    with pytest.raises(XmpError, match=message):
        read_xmp(packet)
    with pytest.raises(XmpError, match=message):
        merged(packet, caption=NotedCaption("a"), tags=())


def read_photograph(path: bytes) -> Noted:
    found = embedded.read_photograph(path)
    assert found.aside == ()
    return found.noted


def write(path: Path, **options: Any) -> bytes:
    Image.new("RGB", (8, 8)).save(path, **options)
    return bytes(path)


def exif(**tags: object) -> Image.Exif:
    made = Image.Exif()
    for number, value in tags.items():
        made[int(number[1:])] = value
    return made


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif"])
def test_xmp_inside_photographs(tmp_path: Path, ending: str) -> None:
    packet = LIGHTROOM
    path = tmp_path / f"a.{ending}"
    if ending == "png":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        write(path, pnginfo=info)
    elif ending == "tif":
        write(path, tiffinfo={700: packet})
    else:
        write(path, xmp=packet)
    assert read_photograph(bytes(path)) == Noted(bytes(path), (NotedCaption("A dog"),), ("sea",), marks=FOUR_STARS)


def test_exif_descriptions(tmp_path: Path) -> None:
    words = "Ein Hund \N{EM DASH} größer"
    file = tmp_path / "a.jpg"
    # Pillow writes ASCII alone, other programs UTF-8.
    placeholder = "x" * len(words.encode())
    write(file, exif=exif(_270=placeholder))
    file.write_bytes(file.read_bytes().replace(placeholder.encode(), words.encode()))
    assert read_photograph(bytes(file)).captions == (NotedCaption(words),)
    comment, keywords = ("A dog\0".encode("utf-16-le"), "dog;sea\0".encode("utf-16-le"))
    path = write(tmp_path / "b.jpg", exif=exif(_270="OLYMPUS DIGITAL CAMERA", _40092=comment, _40094=keywords))
    assert read_photograph(path) == Noted(path, (NotedCaption("A dog"),), ("dog", "sea"))


def test_iptc_descriptions(tmp_path: Path) -> None:
    def record(number: int, value: bytes) -> bytes:
        return b"\x1c\x02" + bytes([number]) + len(value).to_bytes(2, "big") + value

    block = record(120, "Ein Hund, größer".encode()) + record(25, b"dog") + record(25, b"sea")
    resource = b"8BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block + b"\0" * (len(block) % 2)
    segment = b"Photoshop 3.0\0" + resource
    path = tmp_path / "a.jpg"
    write(path)
    plain = path.read_bytes()
    path.write_bytes(plain[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[2:])
    assert read_photograph(bytes(path)) == Noted(bytes(path), (NotedCaption("Ein Hund, größer"),), ("dog", "sea"))


def test_a_sidecar_goes_before_what_is_inside(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", xmp=LIGHTROOM)
    own, other = sidecars(path)
    assert (own.name, other.name) == ("a.jpg.xmp", "a.xmp")
    other.write_bytes(merged(None, caption=NotedCaption("of the raw file"), tags=("raw",)))
    assert read_photograph(path).captions == (NotedCaption("of the raw file"),)
    own.write_bytes(merged(None, caption=NotedCaption("our own"), tags=()))
    assert read_photograph(path) == Noted(path, (NotedCaption("our own"),), ("raw", "sea"), marks=FOUR_STARS)
    own.write_bytes(b"nothing")
    found = embedded.read_photograph(path)
    assert found.noted.captions == (NotedCaption("of the raw file"),)
    (remark,) = found.aside
    assert remark.startswith("its sidecar a.jpg.xmp could not be read (it is not XML")


def test_a_photograph_without_words(tmp_path: Path) -> None:
    path = bytes(paint(tmp_path / "a.png", (1, 2, 3)))
    assert read_photograph(path) == Noted(path)
    assert read_photograph(write(tmp_path / "a.jpg", xmp=b"damaged")).captions == ()
