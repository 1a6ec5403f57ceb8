"""Words leave a library and come into another one as they were."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.annotation.normalize import LONGEST
from index_data.errors import ExchangeError
from index_data.exchange import transfer
from index_data.exchange.embedded import sidecars
from index_data.exchange.files import write_bytes
from index_data.exchange.formats import FileFormat, SidecarNaming
from index_data.exchange.notes import MOST_WORDS, Aside, Noted, NotedCaption, SidecarsWritten
from index_data.exchange.sidecars import merged
from index_data.exchange.transfer import bring_in, collect, read_file, read_photographs, write_file
from index_data.exchange.xmp import read_xmp
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, index, paint
from tests.unit.index_data.exchange.strategies import WORDS

CARRIERS = [FileFormat.COCO, FileFormat.JSONL, FileFormat.CSV, "xmp"]


@pytest.fixture
def notes(library: Library, photos: Path, describer: FakeDescriber) -> Annotations:
    """Of a library of seven described images."""
    index(library, photos, describer)
    return Annotations(library)


def words_of(library: Library) -> dict[bytes, tuple[set[str], tuple[str, ...]]]:
    return {one.path: ({caption.text for caption in one.captions}, one.tags) for one in collect(library)}


@given(
    said=st.dictionaries(
        st.integers(1, 7),
        st.builds(
            ImportedWords,
            # A sidecar holds one description.
            st.lists(WORDS, min_size=1, max_size=1).map(tuple),
            st.lists(WORDS, unique=True, max_size=3).map(tuple),
        ),
        min_size=1,
    )
)
@example(said={1: ImportedWords(("picture",), ("SONY DSC",))})
@pytest.mark.parametrize("carrier", CARRIERS)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_round_trip_loses_nothing(
    tmp_path: Path, library: Library, notes: Annotations, carrier: str, said: dict[int, ImportedWords]
) -> None:
    notes.bring_in(said)
    before = words_of(library)
    assert len(before) == len(said)
    file = tmp_path / "captions"
    if carrier == "xmp":
        assert transfer.write_sidecars(library).aside == ()
    else:
        write_file(file, collect(library), kind=FileFormat(carrier))
    notes.undo()
    assert words_of(library) == {}
    if carrier == "xmp":
        brought = [one for one in read_photographs(library) if isinstance(one, Noted)]
        for sidecar in (tmp_path / "photos").rglob("*.xmp"):
            sidecar.unlink()
    else:
        brought = list(read_file(file, kind=FileFormat(carrier)).notes)
    assert bring_in(library, brought).aside == ()
    assert words_of(library) == before
    assert bring_in(library, brought).action is None
    notes.undo()


@given(
    said=st.dictionaries(
        st.integers(1, 7),
        st.builds(
            ImportedWords,
            st.lists(WORDS, unique=True, max_size=3).map(tuple),
            st.lists(WORDS, unique=True, max_size=3).map(tuple),
        ),
    ),
    accepted=st.sets(st.integers(1, 7)),
)
@pytest.mark.parametrize("kind", [FileFormat.COCO, FileFormat.JSONL, FileFormat.CSV])
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_file_carries_every_word_its_author_and_its_state(
    tmp_path: Path,
    library: Library,
    notes: Annotations,
    kind: FileFormat,
    said: dict[int, ImportedWords],
    accepted: set[int],
) -> None:
    done = [notes.accept(sorted(accepted)), notes.bring_in(said)]
    before = collect(library)
    write_file(tmp_path / "captions", before, kind=kind)
    for action in done:
        if action is not None:
            notes.undo()
    assert collect(library) == []
    found = list(read_file(tmp_path / "captions", kind=kind).notes)
    assert found == before
    made = bring_in(library, found)
    assert made.aside == ()
    assert collect(library) == before
    if made.action is not None:
        notes.undo()


def test_several_captions_of_one_photograph_come_back(tmp_path: Path, library: Library, notes: Annotations) -> None:
    notes.bring_in({1: ImportedWords(("one", "two", "three"), ("tag",))})
    before = words_of(library)
    for kind in (FileFormat.COCO, FileFormat.JSONL, FileFormat.CSV):
        write_file(tmp_path / "captions", collect(library), kind=kind)
        notes.undo()
        bring_in(library, read_file(tmp_path / "captions", kind=kind).notes)
        assert words_of(library) == before


def test_what_nobody_reviewed_is_only_written_on_request_and_never_read(
    tmp_path: Path, library: Library, notes: Annotations
) -> None:
    assert collect(library) == []
    notes.accept([1])
    (accepted,) = collect(library)
    assert [(one.author, one.state) for one in accepted.captions] == [("model", "accepted")]
    everything = collect(library, proposals=True)
    assert sorted(one.captions[0].state for one in everything) == ["accepted"] + ["proposed"] * 6
    write_file(tmp_path / "all.jsonl", everything, kind=FileFormat.JSONL)
    notes.undo()
    made = bring_in(library, read_file(tmp_path / "all.jsonl").notes)
    assert made.action is not None
    assert made.action.images == (1,)
    assert [one.author for one in collect(library)[0].captions] == ["model"]


def test_a_photograph_is_matched_by_content_path_folder_and_name(
    library: Library, notes: Annotations, photos: Path, describer: FakeDescriber
) -> None:
    (write_moved,) = [one for one in collect(library, proposals=True) if one.path.endswith(b"/4.png")]
    moved = Noted(b"/elsewhere/x.png", (NotedCaption("by content"),), content_hash=write_moved.content_hash)
    entries = [
        moved,
        Noted(bytes(photos / "1.png"), (NotedCaption("by path"),)),
        Noted(b"deep/er/0.png", (NotedCaption("by folder"),)),
        Noted(b"3.png", (NotedCaption("by name"),)),
        Noted(b"0.png", (NotedCaption("by no name"),)),
        Noted(b"9.png", (NotedCaption("by nothing"),)),
        Noted(b"9.png", (NotedCaption(" "),)),
    ]
    made = bring_in(library, entries, folders=[photos.parent / "other", photos / ".." / "photos"])
    said = {path: texts for path, (texts, _) in words_of(library).items()}
    assert said == {
        write_moved.path: {"by content"},
        bytes(photos / "1.png"): {"by path"},
        bytes(photos / "deep" / "er" / "0.png"): {"by folder"},
        bytes(photos / "3.png"): {"by name"},
        bytes(photos / "0.png"): {"by no name"},
    }
    assert made.aside == (Aside(b"9.png", "it is not in the library"),)
    ambiguous = bring_in(library, [Noted(b"0.png", (NotedCaption("which"),))])
    assert ambiguous.aside == (Aside(b"0.png", "2 photographs of the library have this name"),)


def test_a_dry_run_stores_nothing(library: Library, notes: Annotations) -> None:
    made = bring_in(library, [Noted(b"3.png", (NotedCaption("words"),))], dry_run=True)
    assert made.action is not None
    assert words_of(library) == {}


@pytest.mark.every_database
def test_words_find_their_photograph_in_another_library(
    tmp_path: Path, library: Library, notes: Annotations, photos: Path
) -> None:
    notes.edit(1, "my words")
    notes.tag([1], add=["dog"])
    (exported,) = collect(library)
    with Library.open(tmp_path / "other", create=True) as other:
        copies = Path(shutil.copytree(photos, tmp_path / "copies"))
        for number, file in enumerate(sorted(copies.rglob("*.png"))):
            file.rename(file.with_name(f"renamed {number}.png"))
        index(other, copies, FakeDescriber("other"))
        assert bring_in(other, [exported]).aside == ()
        assert list(words_of(other).values()) == [({"my words"}, ("dog",))]


def test_sidecars_lie_beside_every_copy_and_are_written_once(
    library: Library, notes: Annotations, photos: Path, describer: FakeDescriber
) -> None:
    shutil.copy(photos / "1.png", photos / "copy.png")
    index(library, photos, describer)
    (image,) = notes.images_named([bytes(photos / "1.png")])
    notes.edit(image, "my words")
    there = sidecars(bytes(photos / "copy.png"))[0]
    there.write_bytes(merged(None, caption=NotedCaption("theirs"), tags=("their tag",)))
    assert transfer.write_sidecars(library) == SidecarsWritten(2, 0, ())
    assert read_xmp(there.read_bytes()) == Noted(b"", (NotedCaption("my words"),), ("their tag",))
    assert transfer.write_sidecars(library) == SidecarsWritten(0, 2, ())
    there.write_bytes(b"not XML")
    aside = transfer.write_sidecars(library).aside
    assert [one.path for one in aside] == [bytes(there)]
    assert there.read_bytes() == b"not XML"
    assert sorted(file.name for file in photos.iterdir() if ".new" in file.name) == []


def test_sidecars_as_lightroom_names_them(
    library: Library, notes: Annotations, photos: Path, describer: FakeDescriber
) -> None:
    paint(photos / "1.bmp", (1, 2, 3))
    index(library, photos, describer)
    for image in notes.images_named([bytes(photos / name) for name in ("1.png", "2.png")]):
        notes.edit(image, "my words")
    made = transfer.write_sidecars(library, naming=SidecarNaming.STEM)
    assert made.written == 1
    assert read_xmp((photos / "2.xmp").read_bytes()) == Noted(b"", (NotedCaption("my words"),))
    assert [(one.path, one.reason) for one in made.aside] == [
        (bytes(photos / "1.xmp"), "it would belong to 2 photographs; name sidecars in full")
    ]
    assert not list(photos.glob("1*.xmp"))
    assert [one for one in read_photographs(library) if one.path == bytes(photos / "2.png")] == [
        Noted(bytes(photos / "2.png"), (NotedCaption("my words"),))
    ]


def test_proposals_in_sidecars_do_not_come_back_as_a_persons_words(library: Library, notes: Annotations) -> None:
    assert transfer.write_sidecars(library, proposals=True).written == 7
    assert bring_in(library, [one for one in read_photographs(library) if isinstance(one, Noted)]).action is None


def test_photographs_that_cannot_be_read_are_told(library: Library, notes: Annotations, photos: Path) -> None:
    (photos / "1.png").unlink()
    aside = [one for one in read_photographs(library) if isinstance(one, Aside)]
    assert [(one.path, "not" in one.reason or "no" in one.reason) for one in aside] == [(bytes(photos / "1.png"), True)]


def test_files_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"does not tell its format; name the format, or end it in \.json"):
        read_file(tmp_path / "captions.doc")
    with pytest.raises(ExchangeError, match="could not be read: No such file"):
        read_file(tmp_path / "captions.json")
    with pytest.raises(ExchangeError, match="flickr is only read; write coco, jsonl, csv instead"):
        write_file(tmp_path / "captions.txt", [], kind=FileFormat.FLICKR)
    with pytest.raises(ExchangeError, match="could not be written: No such file"):
        write_file(tmp_path / "no" / "captions.json", [], kind=FileFormat.COCO)
    paint(tmp_path / "a.png", (0, 0, 0))
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("length", [1, 100, 250, 255])
def test_a_file_may_have_the_longest_name_that_a_folder_takes(tmp_path: Path, length: int) -> None:
    target = tmp_path / ("x" * length)
    for content in (b"one", b"two"):
        write_bytes(target, content)
        assert target.read_bytes() == content
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("content_hash", ["ab" * 32, "not a hash", "ab", "d41d8cd98f00b204e9800998ecf8427e"])
def test_words_with_another_content_hash_go_to_no_photograph(
    library: Library, notes: Annotations, photos: Path, content_hash: str
) -> None:
    entries = [Noted(path, (NotedCaption("words"),), (), content_hash) for path in (b"3.png", bytes(photos / "3.png"))]
    made = bring_in(library, entries, folders=[photos])
    assert made.action is None
    assert {aside.reason for aside in made.aside} == {"no photograph of the library has its content hash"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (rb"deep\er\0.png", "deep/er/0.png"),
        (rb".\deep\er\0.png", "deep/er/0.png"),
        (rb"C:\Users\me\photos\deep\er\0.png", "deep/er/0.png"),
        (rb"\\server\share\er\0.png", "deep/er/0.png"),
        (b"D:/er/0.png", "deep/er/0.png"),
        (b"file:///D:/deep/er/0.png", "deep/er/0.png"),
        (b"deep%2Fer%2F0.png", "deep/er/0.png"),
        (b"my%20photo%20100%25.png", "my photo 100%.png"),
        (b"my photo 100%.png", "my photo 100%.png"),
        (b"a%20b.png", "a%20b.png"),
        ("M\N{LATIN SMALL LETTER O WITH DIAERESIS}we.png".encode(), "Mo\u0308we.png"),
        ("M\N{LATIN SMALL LETTER O WITH DIAERESIS}we.png".encode("cp1252"), "Mo\u0308we.png"),
        (b"M%C3%B6we.png", "Mo\u0308we.png"),
        (b"x\\y.png", "x\\y.png"),
        (b"elsewhere/0.png", None),
        (b"C:\\0.png", None),
    ],
)
def test_paths_as_other_systems_write_them(
    library: Library, photos: Path, describer: FakeDescriber, path: bytes, expected: str | None
) -> None:
    for number, name in enumerate(("my photo 100%.png", "a%20b.png", "a b.png", "Mo\u0308we.png", "x\\y.png", "y.png")):
        paint(photos / name, (number * 9, 250, 250))
    index(library, photos, describer)
    bring_in(library, [Noted(path, (NotedCaption("words"),))], folders=[photos])
    assert list(words_of(library)) == ([bytes(photos / expected)] if expected else [])


def test_an_address_names_a_file(library: Library, notes: Annotations, photos: Path) -> None:
    bring_in(library, [Noted((photos / "3.png").as_uri().encode(), (NotedCaption("words"),))])
    assert list(words_of(library)) == [bytes(photos / "3.png")]


def test_what_is_too_long_or_too_much_stays_out_alone(library: Library, notes: Annotations, photos: Path) -> None:
    endless, usual = NotedCaption("word " * 200_000), NotedCaption("a word")
    tags = tuple(f"tag {number}" for number in range(MOST_WORDS + 5))
    made = bring_in(
        library,
        [
            Noted(bytes(photos / "0.png"), (endless, usual), ("sea", "s" * (LONGEST + 1))),
            Noted(bytes(photos / "1.png"), (endless,)),
            Noted(bytes(photos / "2.png"), (usual,), tags),
        ],
    )
    assert [entry.reason for entry in made.aside] == [
        "a caption or tag of 999,999 characters is too long; 10,000 are kept at most",
        "a caption or tag of 999,999 characters is too long; 10,000 are kept at most",
        "it has 1,005 captions or tags; 1,000 are kept at most",
    ]
    words = words_of(library)
    assert words[bytes(photos / "0.png")] == ({"a word"}, ("sea",))
    assert len(words[bytes(photos / "2.png")][1]) == MOST_WORDS
    assert len(words) == 2
