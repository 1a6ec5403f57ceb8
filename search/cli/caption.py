"""`imgsearch caption`: describes picture and video files that are in no library."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import complain, progress_bar
from search.cli.exit_codes import ExitCode
from search.cli.options import OWN_MODEL, DetailsOption, DeviceOption, LibraryOption, ModelOption, model_path
from search.cli.render import caption_hit_record, print_bytes, print_json, print_table
from search.output.film_words import moment_record, span
from search.output.printable import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captioning.lazy_captioner import LazyCaptioner
    from captioning.outputs import Caption, Description
    from index_data.catalogue.records import Moment
    from search.engine.hits import CaptionHit


class CaptionFormat(StrEnum):
    """How descriptions are printed."""

    TABLE = "table"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"
    CHAPTERS = "chapters"


_OF_ONE_FILM = (CaptionFormat.SRT, CaptionFormat.VTT, CaptionFormat.CHAPTERS)


@dataclass(frozen=True, slots=True)
class _Described:
    """A picture, or a moment of a film, with what the model says of it."""

    file: Path
    moment: Moment | None
    description: Description


def caption(
    files: Annotated[list[Path], typer.Argument(help="Picture and video files.", readable=False)],
    *,
    nearest: Annotated[
        int, typer.Option("--nearest", min=0, help="Also show the library's K captions that come closest.")
    ] = 0,
    attention: Annotated[
        bool, typer.Option("--attention", help="With --format json: also where the writer looked for each word.")
    ] = False,
    details: DetailsOption = False,
    output: Annotated[
        CaptionFormat,
        typer.Option(
            "--format",
            "-f",
            help="table or json; of one film also srt and vtt, which are subtitles, or chapters, as FFmpeg reads them.",
        ),
    ] = CaptionFormat.TABLE,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Describes picture and video files; nothing is stored.

    Of a video each moment is described.

    Example: imgsearch caption new.jpg --nearest 3
    """
    from captioning.errors import UnreadableFileError
    from captioning.lazy_captioner import LazyCaptioner
    from captioning.runtime.devices import choose_device
    from captioning.videos.formats import VIDEO_SUFFIXES

    films = [file for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
    if attention and output is not CaptionFormat.JSON:
        raise typer.BadParameter("attention maps are only printed with --format json", param_hint="--attention")
    if output in _OF_ONE_FILM and (len(files) > 1 or not films):
        raise typer.BadParameter(f"{output} is made of one film; name one video file alone", param_hint="--format")
    captioner = LazyCaptioner.open(_model(model, library), device=choose_device(device))
    described: list[_Described] = []
    failed = 0
    for file in files:
        try:
            described += _film(file, captioner) if file in films else _picture(file, captioner)
        except UnreadableFileError as error:
            failed += 1
            complain(f"not described: {printable(os.fsencode(file))}: {error.reason}")
    neighbours: list[tuple[CaptionHit, ...]] = [()] * len(described)
    if nearest:
        neighbours = _neighbours(described, nearest, library, model)
    if output is CaptionFormat.JSON:
        maps = (_attention(said, captioner) if attention else None for said in described)
        print_json([_record(*parts) for parts in zip(described, maps, neighbours, strict=True)])
    elif output in _OF_ONE_FILM:
        _print_subtitles(described, output)
    else:
        _print_rows(described, neighbours, details=details)
    if failed:
        raise typer.Exit(ExitCode.SET_ASIDE if described else ExitCode.FILE)


def _model(option: str, library: str | None) -> Path | None:
    """The model file that `--model` names, or that the library learnt, which is not opened where it cannot have."""
    from index_data.addresses import ServerAddress, library_address
    from index_data.errors import LibraryMissingError
    from index_data.locations import LibraryPaths

    address = library_address(library)
    if option != OWN_MODEL or not (isinstance(address, ServerAddress) or LibraryPaths(address).learnt.is_dir()):
        return model_path(option)
    from index_data.library import Library

    try:
        with Library.open(address) as opened:
            return model_path(option, opened)
    except LibraryMissingError:
        return None


def _picture(file: Path, captioner: LazyCaptioner) -> Iterator[_Described]:
    from captioning.images import load_pixels

    pixels = load_pixels(file, side=captioner.side)
    yield _Described(file, None, captioner.describe(pixels[None])[0])


def _film(file: Path, captioner: LazyCaptioner) -> list[_Described]:
    from captioning.videos import read_facts
    from captioning.videos.description import describe_video
    from index_data.catalogue.records import Moment

    facts = read_facts(file)
    with progress_bar("seconds") as progress:
        task = progress.add_task("looking", total=round(facts.duration))
        moments = describe_video(
            file, captioner, facts=facts, seen=lambda seconds: progress.update(task, completed=round(seconds))
        )
    return [_Described(file, Moment(moment.start, moment.end, moment.time), moment.description) for moment in moments]


def _attention(described: _Described, captioner: LazyCaptioner) -> NDArray[np.float32]:
    from search.engine.pictures import network_pixels

    time = described.moment.time if described.moment else None
    pixels = network_pixels(described.file, side=captioner.side, time=time)
    return captioner.attention(pixels[None], [described.description.caption.text])[0]


def _print_subtitles(described: Sequence[_Described], output: CaptionFormat) -> None:
    from index_data.exchange.subtitles import Cue, to_chapters, to_srt, to_vtt

    write = {CaptionFormat.SRT: to_srt, CaptionFormat.VTT: to_vtt, CaptionFormat.CHAPTERS: to_chapters}[output]
    cues = [Cue(said.moment.start, said.moment.end, said.description.caption.text) for said in described if said.moment]
    if cues:
        print_bytes(write(cues))


def _neighbours(
    described: Sequence[_Described], count: int, library: str | None, model: str
) -> list[tuple[CaptionHit, ...]]:
    from index_data.addresses import library_address
    from index_data.library import Library
    from search.engine.engine import Engine

    with Library.open(library_address(library)) as opened:
        engine = Engine(opened, model=model_path(model, opened))
        return [engine.nearest_captions(said.description.embedding, count=count) for said in described]


def _print_rows(described: Sequence[_Described], neighbours: list[tuple[CaptionHit, ...]], *, details: bool) -> None:
    rows = []
    for said, near in zip(described, neighbours, strict=True):
        description = said.description
        words = [f"{k.word} {k.probability:.2f}" if details else k.word for k in description.keywords]
        place = " ".join([printable(os.fsencode(said.file)), *([span(said.moment)] if said.moment else [])])
        rows.append([f"{description.caption.confidence:.2f}", place, description.caption.text])
        rows.append(["", "keywords", ", ".join(words)])
        rows += [[f"{hit.score:.3f}", f"nearest {hit.rank + 1}", hit.caption] for hit in near]
    if rows and details:
        print_table(["score", "file", "caption"], rows, figures=1)
    elif rows:
        print_table(["file", "caption"], [row[1:] for row in rows])


def _record(described: _Described, maps: NDArray[np.float32] | None, near: tuple[CaptionHit, ...]) -> dict[str, Any]:
    description = described.description
    return {
        "path": os.fsdecode(os.fsencode(described.file)),
        **(moment_record(described.moment) if described.moment else {}),
        "caption": description.caption.text,
        "confidence": round(description.caption.confidence, 4),
        "words": _words(description.caption, maps),
        "keywords": {keyword.word: round(keyword.probability, 4) for keyword in description.keywords},
        "nearest": [caption_hit_record(hit) for hit in near],
    }


def _words(caption: Caption, maps: NDArray[np.float32] | None) -> list[dict[str, Any]]:
    """Each word with its probability and, where asked for, the weights of the picture's cells, row by row."""
    said = zip(caption.text.split(), caption.word_confidences, strict=True)
    words: list[dict[str, Any]] = [{"word": word, "probability": round(value, 4)} for word, value in said]
    if maps is not None:
        for word, weights in zip(words, maps, strict=True):
            word["attention"] = [[round(float(value), 4) for value in row] for row in weights]
    return words
