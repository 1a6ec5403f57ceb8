"""What people say of moments goes out into subtitles beside the films, and comes in where it was said."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import webvtt

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.errors import ExchangeError, UnknownFormatError
from index_data.exchange.films import from_subtitles, write_subtitles
from index_data.exchange.formats import FileFormat
from index_data.exchange.notes import Aside, Noted, SidecarsWritten
from index_data.exchange.transfer import bring_in, check_written, format_of, read_file, read_photographs
from index_data.library import Library
from tests.libraries import new_library
from tests.unit.index_data.conftest import FakeDescriber, film

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


@pytest.fixture
def moments(library: Library, films: Path, describer: FakeDescriber) -> list[int]:
    """The numbers of the three moments of `holiday.mp4`, of which a person told the second."""
    numbers = film(library, films / "holiday.mp4", [RED, GREEN, BLUE], describer)
    say(library, numbers[1], "our <green> tent & a dog")
    return numbers


def say(library: Library, image: int, *sentences: str) -> None:
    Annotations(library).bring_in({image: ImportedWords(sentences)})


def said(library: Library, images: list[int]) -> list[str]:
    """The words that are shown of each."""
    with library.transaction() as session:
        captions = catalogue.captions_of(session, images)
    return [next((one.text for one in captions.get(image, ()) if one.confirmed), "") for image in images]


def cues(file: Path) -> list[tuple[str, str, str]]:
    """Start, end and words as a validator reads them."""
    return [(cue.start, cue.end, cue.raw_text) for cue in webvtt.from_buffer(io.StringIO(file.read_text())).captions]


def test_what_people_said_lies_beside_the_film_at_its_time(library: Library, films: Path, moments: list[int]) -> None:
    assert len(moments) == 3
    assert write_subtitles(library) == SidecarsWritten(1, 0, ())
    second = ("00:00:10.000", "00:00:20.000", "our &lt;green&gt; tent &amp; a dog")
    assert cues(films / "holiday.vtt") == [second]
    assert write_subtitles(library) == SidecarsWritten(0, 1, ())
    assert write_subtitles(library, proposals=True, images=moments[:1]).aside != ()
    assert write_subtitles(library, proposals=True, force=True) == SidecarsWritten(1, 0, ())
    first, *rest = cues(films / "holiday.vtt")
    assert first == ("00:00:00.000", "00:00:10.000", "fake sees 200 0 0")
    assert rest[0] == second


def test_what_lies_there_is_never_replaced_unasked_and_nothing_else_than_subtitles(
    library: Library, films: Path, moments: list[int]
) -> None:
    there = films / "holiday.vtt"
    there.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nof another program\n")
    [aside] = write_subtitles(library).aside
    assert aside == Aside(bytes(there), "it is there already; replace it with --force")
    assert "of another program" in there.read_text()
    assert write_subtitles(library, force=True).written == 1
    there.write_text("a diary")
    [aside] = write_subtitles(library, force=True).aside
    assert aside.reason == "it is there already and is not WebVTT"
    assert there.read_text() == "a diary"


def test_two_films_of_one_stem_share_no_subtitles(library: Library, films: Path, describer: FakeDescriber) -> None:
    for name in ("a.mp4", "a.mov"):
        say(library, film(library, films / name, [RED], describer)[0], "a dog")
    assert [aside.reason for aside in write_subtitles(library).aside] == ["it would belong to 2 videos"] * 2
    (films / "a.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:10.000\na cat\n")
    [aside] = bring_in(library, read_file(films / "a.vtt").notes).aside
    assert "beside several" in aside.reason


def test_corrections_go_in_where_they_were_made_however_the_film_is_divided(
    library: Library, films: Path, moments: list[int], tmp_path: Path, describer: FakeDescriber
) -> None:
    say(library, moments[2], "a boat")
    write_subtitles(library, proposals=True)
    with new_library(tmp_path / "other") as other:
        times = [(0.0, 11.0, 5.0), (11.0, 19.5, 15.0), (19.5, 25.0, 22.0), (25.0, 30.0, 27.0)]
        divided = film(other, films / "holiday.mp4", [RED, GREEN, BLUE, BLUE], describer, times=times)
        made = bring_in(other, [note for note in read_photographs(other) if isinstance(note, Noted)])
        assert made.aside == ()
        assert made.proposals == 1  # what the model said of the first
        assert said(other, divided)[:2] == ["", "our <green> tent & a dog"]
        assert "a boat" in said(other, divided)[2:]
        Annotations(other).undo()
        assert said(other, divided) == ["", "", "", ""]


def test_a_models_words_that_a_person_edited_in_the_file_are_that_persons(
    library: Library, films: Path, moments: list[int]
) -> None:
    write_subtitles(library, proposals=True)
    file = films / "holiday.vtt"
    file.write_text(file.read_text().replace("fake sees 0 0 200", "a boat at sea"))
    made = bring_in(library, read_file(file).notes)
    assert made.proposals == 1
    assert said(library, moments) == ["", "our <green> tent & a dog", "a boat at sea"]


def test_words_at_other_times_and_of_other_films_are_named(library: Library, films: Path, moments: list[int]) -> None:
    assert moments
    file = films / "holiday.vtt"
    file.write_text("WEBVTT\n\n01:10.000 --> 01:12.000\na cat\n\nbad --> times\nno\n")
    read = read_file(file)
    assert [aside.reason for aside in read.aside] == ["'bad --> times' are no times"]
    assert [aside.reason for aside in bring_in(library, read.notes).aside] == [
        "its video has no moment from 1:10 to 1:12"
    ]
    stray = file.rename(films / "stray.vtt")
    [aside] = bring_in(library, read_file(stray).notes).aside
    assert aside == Aside(bytes(stray), "it lies beside no video of the library, or beside several")


def test_what_is_no_subtitles_is_refused(library: Library, films: Path, moments: list[int]) -> None:
    assert moments
    (films / "holiday.vtt").write_bytes(b"\xff\xfe")
    with pytest.raises(ExchangeError, match=r"holiday.vtt could not be read: it is not text in UTF-8"):
        from_subtitles(films / "holiday.vtt", b"\xff")
    [aside] = [note for note in read_photographs(library) if isinstance(note, Aside)]
    assert aside.path == bytes(films / "holiday.vtt")
    assert format_of(Path("a.VTT")) is FileFormat.VTT
    with pytest.raises(UnknownFormatError, match="lie beside the videos"):
        check_written(FileFormat.VTT)
