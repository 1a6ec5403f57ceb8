"""Subtitles hold what they should for players and validators, and come back as they were."""

from __future__ import annotations

import io
import unicodedata
from itertools import pairwise
from pathlib import Path

import av
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from index_data.annotation.normalize import visible
from index_data.exchange.subtitles import Cue, SubtitleError, from_vtt, to_chapters, to_srt, to_vtt
from tests.unit.index_data.exchange.strategies import WORDS

TWO = [Cue(0.0, 7.0, "a dog & a <b>cat</b>"), Cue(7.0, 3723.4567, "x --> y; #1 = a\\b")]

TEXTS = WORDS | st.sampled_from(["-->", "<i>", "&lt;", "NOTE", "WEBVTT", "{\\an8}", "a\n\nb", "STYLE", "1"])


@st.composite
def cue_lists(draw: st.DrawFn) -> list[Cue]:
    starts = sorted(draw(st.sets(st.integers(0, 10**7), min_size=2, max_size=5)))
    return [
        Cue(start / 1000, end / 1000, visible(draw(TEXTS)), draw(st.sampled_from(["", "model-12", "3"])))
        for start, end in pairwise(starts)
    ]


def test_subrip_has_numbers_times_and_no_markup() -> None:
    joiner = "\N{WORD JOINER}"
    assert to_srt(TWO).decode() == (
        f"1\n00:00:00,000 --> 00:00:07,000\na dog & a <{joiner}b>cat<{joiner}/b>\n\n"
        f"2\n00:00:07,000 --> 01:02:03,457\nx --{joiner}> y; #1 = a\\b\n"
    )


def test_webvtt_escapes_words_and_names_cues() -> None:
    assert to_vtt([*TWO, Cue(3800, 3801, "c", "model-->1")]).decode() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:07.000\na dog &amp; a &lt;b&gt;cat&lt;/b&gt;\n\n"
        "00:00:07.000 --> 01:02:03.457\nx --&gt; y; #1 = a\\b\n\n"
        "model1\n01:03:20.000 --> 01:03:21.000\nc\n"
    )


def test_chapters_escape_what_would_end_a_title() -> None:
    assert to_chapters(TWO[1:]).decode() == (
        ";FFMETADATA1\n\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=7000\nEND=3723457\ntitle=x --> y\\; \\#1 \\= a\\\\b\n"
    )


def test_ffmpeg_reads_the_chapters(tmp_path: Path) -> None:
    file = tmp_path / "chapters.txt"
    file.write_bytes(to_chapters(TWO))
    with av.open(str(file), format="ffmetadata") as container:
        chapters = container.chapters()
    assert [chapter["metadata"]["title"] for chapter in chapters] == [cue.text for cue in TWO]
    assert [(chapter["start"], chapter["end"]) for chapter in chapters] == [(0, 7000), (7000, 3723457)]


@pytest.mark.parametrize("write", [to_srt, to_vtt, to_chapters])
def test_what_cannot_be_shown_is_left_out(write: object) -> None:
    assert callable(write)
    odd = [Cue(0, 1, " \x07\n"), Cue(1, 1.0001, "no time"), Cue(2, 3, "a\x1b[31m\n\nb")]
    text = write(odd).decode()
    assert "no time" not in text
    assert "a [31m b" in text
    assert not {c for c in text if unicodedata.category(c) == "Cc"} - {"\n"}


@given(cues=cue_lists())
def test_a_validator_reads_what_is_written(cues: list[Cue]) -> None:
    read = webvtt.from_buffer(io.StringIO(to_vtt(cues).decode()))
    assert [(c.start_in_seconds, c.end_in_seconds) for c in read.captions] == [
        (int(cue.start), int(cue.end)) for cue in cues if visible(cue.text)
    ]
    spoken = webvtt.from_buffer(io.StringIO(to_srt(cues).decode()), format="srt")
    assert len(spoken.captions) == len(read.captions)


@given(cues=cue_lists())
def test_webvtt_comes_back(cues: list[Cue]) -> None:
    read = from_vtt(to_vtt(cues))
    assert list(read.cues) == [cue for cue in cues if cue.text]
    assert not read.aside


def test_webvtt_of_other_programs() -> None:
    text = (
        "\ufeffWEBVTT - made elsewhere\r\nKind: captions\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
        "NOTE two\r\nlines\r\n\r\nintro\r\n01:02.500 --> 01:04.000 line:0 align:start\r\n"
        "<v Ann>a <c.loud>dog</c> &amp; a&nbsp;cat\r\nruns &lt;fast&gt;\r\n\r\n"
        "00:09.000 --> 00:08.000\r\nbackwards\r\n\r\n9 --> 10\r\nno clock\r\n\r\n"
        "100:00:00.000 --> 100:00:00.001\r\nlate"
    )
    read = from_vtt(text.encode())
    assert read.cues == (Cue(62.5, 64.0, "a dog & a cat runs <fast>", "intro"), Cue(360_000, 360_000.001, "late"))
    assert read.aside == (
        (15, "'00:09.000 --> 00:08.000' ends before it begins"),
        (18, "'9 --> 10' are no times"),
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "WEBVTT"), (b"1\n00:00:00,000 --> 00:00:01,000\na\n", "WEBVTT"), (b"WEBVTT\n\n\xff", "UTF-8")],
)
def test_what_is_no_webvtt_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(SubtitleError, match=reason):
        from_vtt(content)
