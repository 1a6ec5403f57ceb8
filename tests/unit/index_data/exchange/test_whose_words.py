"""Whose words are they? What a model wrote, or was accepted or brought in, never replaces those of others."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.exchange.embedded import LEGACY, UNDECODABLE, read_photograph
from index_data.exchange.formats import SidecarNaming
from index_data.exchange.notes import Noted, NotedCaption, Provenance
from index_data.exchange.sidecars import gives_way, merged
from index_data.exchange.transfer import bring_in, read_photographs, write_sidecars
from index_data.exchange.xmp import OWN, read_xmp
from index_data.library import Library
from index_data.metadata.packet import DC, RDF
from tests.unit.index_data.conftest import FakeDescriber, encode, index
from tests.unit.index_data.exchange.strategies import WORDS

GRANDMOTHER = "Grandmother at 90, with cake"


def words_of_photograph(path: bytes) -> Noted:
    return read_photograph(path).noted


def sidecar(words: str, *, attribute: bool = False, language: str = "x-default", tags: str = "") -> bytes:
    """As another program writes it."""
    body = f"<dc:description><rdf:Alt><rdf:li xml:lang='{language}'>{words}</rdf:li></rdf:Alt></dc:description>"
    subject = f"<dc:subject><rdf:Bag>{tags}</rdf:Bag></dc:subject>" if tags else ""
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:dc="{DC}"'
        + (f' dc:description="{words}">{subject}' if attribute else f">{body}{subject}")
        + "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def picture(path: Path, description: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if description:
        exif[0x010E] = description
    Image.new("RGB", (12, 10), (90, 20, 200)).save(path, exif=exif)
    return path


def opened(library: Library, folder: Path) -> Annotations:
    index(library, folder, FakeDescriber())
    return Annotations(library, encode=encode)


def nothing(notes: Annotations) -> None:
    """Nobody reviews."""


def accepted(notes: Annotations) -> None:
    notes.accept([1])


def imported(notes: Annotations) -> None:
    notes.bring_in({1: ImportedWords(("words of a captioning tool",))})


WEAK = [nothing, accepted, imported]


@pytest.mark.parametrize("review", WEAK)
@pytest.mark.parametrize(
    "foreign",
    [
        sidecar(GRANDMOTHER),
        sidecar(GRANDMOTHER, attribute=True),
        sidecar(GRANDMOTHER, language="de-DE"),
        sidecar(GRANDMOTHER).decode().encode("utf-16"),
    ],
)
@pytest.mark.parametrize("naming", list(SidecarNaming))
@pytest.mark.parametrize("target", ["a.jpg.xmp", "a.xmp"])
def test_words_in_a_sidecar_stay(
    library: Library,
    tmp_path: Path,
    review: Callable[[Annotations], None],
    foreign: bytes,
    naming: SidecarNaming,
    target: str,
) -> None:
    picture(tmp_path / "p" / "a.jpg")
    (tmp_path / "p" / target).write_bytes(foreign)
    notes = opened(library, tmp_path / "p")
    review(notes)
    for _ in range(2):
        made = write_sidecars(library, proposals=True, naming=naming)
        assert (made.aside, made.spared) == ((), 1)
        assert (tmp_path / "p" / target).read_bytes() == foreign
    assert [one.captions[0].text for one in read_photographs(library) if isinstance(one, Noted)] == [GRANDMOTHER]


@pytest.mark.parametrize("review", WEAK)
def test_words_in_a_photograph_stay_before_ours(
    library: Library, tmp_path: Path, review: Callable[[Annotations], None]
) -> None:
    path = picture(tmp_path / "p" / "a.jpg", GRANDMOTHER)
    notes = opened(library, tmp_path / "p")
    review(notes)
    assert write_sidecars(library, proposals=True).spared == 1
    assert not (tmp_path / "p" / "a.jpg.xmp").exists()
    # Tags are written, and hide nothing.
    notes.tag([1], add=["cake"])
    write_sidecars(library, proposals=True)
    assert words_of_photograph(bytes(path)) == Noted(bytes(path), (NotedCaption(GRANDMOTHER),), ("cake",))


@pytest.mark.parametrize("source", [Provenance.PROPOSED, Provenance.ACCEPTED, Provenance.IMPORTED])
def test_our_own_words_in_a_sidecar_give_way_to_the_photographs(tmp_path: Path, source: Provenance) -> None:
    path = picture(tmp_path / "a.jpg", GRANDMOTHER)
    state = "proposed" if source is Provenance.PROPOSED else "accepted"
    ours = merged(None, caption=NotedCaption("a cake", "model", state, source), tags=("cake",))
    (tmp_path / "a.jpg.xmp").write_bytes(ours)
    assert words_of_photograph(bytes(path)) == Noted(bytes(path), (NotedCaption(GRANDMOTHER),), ("cake",))
    typed = merged(None, caption=NotedCaption("my words"), tags=())
    (tmp_path / "a.jpg.xmp").write_bytes(typed)
    assert words_of_photograph(bytes(path)).captions == (NotedCaption("my words"),)


def test_what_a_person_typed_here_replaces_others_words_once(library: Library, tmp_path: Path) -> None:
    picture(tmp_path / "p" / "a.jpg")
    there = tmp_path / "p" / "a.jpg.xmp"
    there.write_bytes(sidecar(GRANDMOTHER))
    notes = opened(library, tmp_path / "p")
    notes.edit(1, "Grandmother, Sylt")
    assert write_sidecars(library).spared == 0
    assert read_xmp(there.read_bytes()).captions == (NotedCaption("Grandmother, Sylt"),)
    # Another program changes it: those are the later words.
    there.write_bytes(there.read_bytes().replace(b">Grandmother, Sylt<", b">Grandmother, Sylt 1998<"))
    assert write_sidecars(library).spared == 1
    assert read_xmp(there.read_bytes()).captions == (NotedCaption("Grandmother, Sylt 1998"),)
    notes.edit(1, "Grandmother, Sylt 1999")
    assert write_sidecars(library).spared == 0
    assert read_xmp(there.read_bytes()).captions == (NotedCaption("Grandmother, Sylt 1999"),)


def test_our_own_words_are_renewed(library: Library, tmp_path: Path) -> None:
    picture(tmp_path / "p" / "a.jpg")
    there = tmp_path / "p" / "a.jpg.xmp"
    notes = opened(library, tmp_path / "p")

    def exported() -> NotedCaption | None:
        assert write_sidecars(library, proposals=True).aside == ()
        return next(iter(read_xmp(there.read_bytes()).captions), None)

    proposal = exported()
    assert proposal is not None
    assert proposal.source is Provenance.PROPOSED
    assert bring_in(library, [one for one in read_photographs(library) if isinstance(one, Noted)]).action is None
    notes.accept([1])
    assert exported() == NotedCaption(proposal.text)
    notes.edit(1, "our dog Ben")
    assert exported() == NotedCaption("our dog Ben")
    notes.edit(1, "our dog Ben at Sylt")
    assert exported() == NotedCaption("our dog Ben at Sylt")
    notes.reject([1])
    assert exported() is None
    assert write_sidecars(library).unchanged + write_sidecars(library).written == 0 or there.exists()
    assert bring_in(library, [one for one in read_photographs(library) if isinstance(one, Noted)]).action is None


def test_a_person_s_words_of_an_earlier_library_stay(library: Library, tmp_path: Path) -> None:
    picture(tmp_path / "p" / "a.jpg")
    (tmp_path / "p" / "a.jpg.xmp").write_bytes(merged(None, caption=NotedCaption("typed long ago"), tags=("old",)))
    opened(library, tmp_path / "p").accept([1])
    write_sidecars(library, proposals=True)
    assert read_xmp((tmp_path / "p" / "a.jpg.xmp").read_bytes()) == Noted(
        b"", (NotedCaption("typed long ago"),), ("old",)
    )


@pytest.mark.parametrize("take", ["remove", "undo"])
@pytest.mark.parametrize("earlier", [True, False])
def test_a_tag_that_is_taken_off_leaves_our_part_of_a_sidecar(
    library: Library, tmp_path: Path, take: str, earlier: bool
) -> None:
    picture(tmp_path / "p" / "a.jpg")
    there = tmp_path / "p" / "a.jpg.xmp"
    if not earlier:
        there.write_bytes(sidecar(GRANDMOTHER, tags="<rdf:li>theirs</rdf:li><rdf:li>both</rdf:li>"))
    notes = opened(library, tmp_path / "p")
    notes.tag([1], add=["both", "boats"])
    notes.tag([1], add=["harbour"])
    write_sidecars(library)
    if earlier:  # which noted nothing of its own
        noted = b"<imgsearch:subject>.*</imgsearch:subject>"
        there.write_bytes(re.sub(noted, b"", there.read_bytes(), flags=re.DOTALL))
        there.write_bytes(there.read_bytes().replace(b"imgsearch:subject", b"imgsearch:forgotten"))
    assert "harbour" in read_xmp(there.read_bytes()).tags
    if take == "undo":
        notes.undo()
    else:
        notes.tag([1], remove=["harbour"])
    write_sidecars(library)
    assert b"harbour" not in there.read_bytes()
    notes.tag([1], remove=["both", "boats"])
    write_sidecars(library)
    assert set(read_xmp(there.read_bytes()).tags) == (set() if earlier else {"theirs", "both"})
    assert bring_in(library, [one for one in read_photographs(library) if isinstance(one, Noted)]).action is None or (
        "both" not in notes.tags([1]).get(1, ())
    )


def test_an_empty_library_takes_nothing_out_of_sidecars(library: Library, tmp_path: Path) -> None:
    picture(tmp_path / "p" / "a.jpg")
    ours = merged(None, caption=NotedCaption("my words"), tags=("mine",))
    (tmp_path / "p" / "a.jpg.xmp").write_bytes(ours)
    opened(library, tmp_path / "p")
    write_sidecars(library)
    assert (tmp_path / "p" / "a.jpg.xmp").read_bytes() == ours


SOURCES = st.sampled_from([*Provenance])


@given(words=WORDS, other=WORDS, source=SOURCES, there=SOURCES, former=st.booleans())
def test_only_what_weighs_as_much_replaces_what_imgsearch_wrote(
    words: str, other: str, source: Provenance, there: Provenance, former: bool
) -> None:
    packet = merged(None, caption=NotedCaption(other, source=there), tags=())
    caption = NotedCaption(words, source=source)
    expected = words == other or source >= there or former
    assert gives_way(packet, caption, former={other} if former else ()) is expected
    assert gives_way(sidecar("theirs"), caption) is (source is Provenance.TYPED or words == "theirs")
    assert gives_way(None, caption)


@given(words=WORDS, source=SOURCES, tags=st.lists(WORDS, unique=True, max_size=3))
def test_what_imgsearch_wrote_is_known_again_however_it_is_spelt(
    words: str, source: Provenance, tags: list[str]
) -> None:
    packet = merged(None, caption=NotedCaption(words, source=source), tags=tags)
    found = read_xmp(packet)
    assert [(one.text, one.source) for one in found.captions] == [(words, source)]
    assert merged(packet, caption=NotedCaption(words, source=source), tags=tags) is packet
    emptied = merged(packet, caption=None, tags=(), former={words}, former_tags=tags)
    assert read_xmp(emptied) == Noted(b"")
    # Adobe's programs may write a plain property as an element.
    element = sidecar("x").replace(
        b"<dc:description>",
        f'<o:description xmlns:o="{OWN}">x</o:description><o:source xmlns:o="{OWN}">accepted</o:source>'
        "<dc:description>".encode(),
    )
    assert read_xmp(element).captions[0].source is Provenance.ACCEPTED


def test_words_in_windows_1252_are_read_whole_and_remarked(tmp_path: Path) -> None:
    words = (
        "Ben\N{RIGHT SINGLE QUOTATION MARK}s \N{LEFT DOUBLE QUOTATION MARK}first\N{RIGHT DOUBLE QUOTATION MARK} day 5 €"
    )
    file = picture(tmp_path / "a.jpg", "x" * len(words))
    file.write_bytes(file.read_bytes().replace(b"x" * len(words), words.encode("cp1252")))
    assert words_of_photograph(bytes(file)) == Noted(bytes(file), (NotedCaption(words),))
    assert words_of_photograph(bytes(file)).remarks == (LEGACY,)
    file.write_bytes(file.read_bytes().replace(b"Ben\x92s", b"Ben\x81s"))
    assert words_of_photograph(bytes(file)).captions == ()
    assert words_of_photograph(bytes(file)).remarks == (UNDECODABLE,)


def test_a_name_as_long_as_names_can_be_has_no_sidecar(library: Library, tmp_path: Path) -> None:
    file = picture(tmp_path / "p" / f"{'x' * 251}.jpg", GRANDMOTHER)
    assert words_of_photograph(bytes(file)).captions == (NotedCaption(GRANDMOTHER),)
    notes = opened(library, tmp_path / "p")
    notes.edit(1, "my words")
    assert [one.reason for one in write_sidecars(library).aside] == ["File name too long"]
    assert write_sidecars(library, naming=SidecarNaming.STEM).written == 1
