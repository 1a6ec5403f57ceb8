"""Opens the engine for a command, gives its answer, and does with the hits what was asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import complain, mention, say, shown_path, shown_place
from search.cli.exit_codes import ExitCode
from search.cli.file_acts import carry_out, confirmed
from search.cli.hit_output import HitFormat, print_answer
from search.cli.options import Format, index_gpu, model_path
from search.cli.render import print_json
from search.output.printable import counted

if TYPE_CHECKING:
    from index_data.library import Library
    from search.cli.hit_output import Regions
    from search.engine.answer import Answer
    from search.engine.engine import Engine
    from search.engine.hits import Hit

ShowOption = Annotated[
    bool, typer.Option("--show", help="Draw the pictures in the terminal, as the setting pictures says.")
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", help="Also write a contact sheet, a page that needs no other file.", readable=False),
]
OpenOption = Annotated[
    int,
    typer.Option(
        "--open", min=0, help="Open the first N in your viewer; a video at the moment, in mpv or VLC.", metavar="N"
    ),
]
RegionsOption = Annotated[
    bool, typer.Option("--regions", help="Also where the network looks for the words that a caption says.")
]
CursorOption = Annotated[
    str | None, typer.Option("--cursor", help="Go on where a page ended, as its JSON tells; also in a random order.")
]
PageOption = Annotated[int, typer.Option("--page", "-p", min=1, help="Which page of the hits, of --count each.")]


@dataclass(frozen=True, slots=True)
class Uses:
    """What is done with an answer beside printing it."""

    show: bool = False
    html: Path | None = None
    force: bool = False
    open_first: int = 0
    copy_to: Path | None = None
    clip: bool = False
    move_to: Path | None = None
    trash: bool = False
    yes: bool = False

    def check(self, library: Library) -> None:
        """Refuses, before anything is asked, what must not be done.

        Raises:
            ReplacementError: The page would replace a file that must stay.
            typer.BadParameter: The files were to go to two places, or clips to none.
        """
        if self.trash and self.move_to is not None:
            raise typer.BadParameter("a photograph goes to a folder or to the trash; choose --move-to or --trash")
        if self.clip and self.copy_to is None:
            raise typer.BadParameter("--clip says what is copied; name a folder with --copy-to")
        if self.html is not None:
            from index_data.replaceable import FileKind, check_replaceable

            check_replaceable(self.html, FileKind.PAGE, force=self.force, library=library)


@contextmanager
def none_known(output: HitFormat | Format) -> Iterator[None]:
    """Prints an answer without hits, where a program asked for JSON, if nobody knows the words that were asked.

    Raises:
        UnknownWordsError: Nobody knows them.
    """
    from search.errors import UnknownWordsError

    try:
        yield
    except UnknownWordsError as error:
        if output is HitFormat.JSON:
            nothing = {"hits": [], "total": 0, "cursor": None, "calibrated": False}
            print_json({**nothing, "unknown_words": list(error.words), "read_as": {}})
        elif output is Format.JSON:
            print_json([])
        raise


@contextmanager
def opened_engine(folder: str | None, model: str, device: str) -> Iterator[tuple[Library, Engine]]:
    """The library in a folder, and what answers questions about it."""
    from captioning.runtime.devices import choose_device
    from index_data.addresses import library_address
    from index_data.library import Library
    from search.engine.engine import Engine

    chosen = choose_device(device)
    # For a single question a copy of the vectors on a GPU takes longer than it saves.
    gpu = index_gpu(chosen) if chosen.asked else None
    with Library.open(library_address(folder), gpu=gpu) as opened:
        engine = Engine(opened, model=model_path(model, opened), device=chosen)
        mention(f"Library {opened.address}; model {engine.model.id} on {chosen.name}: {chosen.reason}.")
        yield opened, engine


def give_answer(
    answer: Answer,
    output: HitFormat,
    uses: Uses,
    *,
    library: Library,
    title: str,
    without_hits: str,
    page: int | None = None,
    regions: Regions | None = None,
) -> None:
    """Prints an answer, does with it what was asked, and says on stderr what a person should know.

    Args:
        answer: With its hits.
        output: How they are printed.
        uses: What is done with them.
        library: In which they are.
        title: Of a page of them.
        without_hits: What is said where there are none.
        page: Which page of the answer this is; none where no number leads on to the next.
        regions: Where the network looks for words.

    Raises:
        typer.Exit: Nothing answers, or some photographs could not be copied, moved or opened.
    """
    words = answer.words
    for substitute in words.substitutes if words else ():
        say(f"Read {substitute.word} as {' or '.join(substitute.known)}.")
    if answer.earlier_models:
        say("Some photographs still wait to be described by this model; bring them up to date with: imgsearch index")
    if words and words.unknown_words:
        unknown = ", ".join(words.unknown_words)
        say(f"The model does not know: {unknown}. They are only looked for in captions, tags and paths.")
    print_answer(answer, output, regions)
    if not answer.hits:
        say(without_hits)
        raise typer.Exit(ExitCode.NOTHING_FOUND)
    failed = _use(library, answer.hits, uses, title)
    if answer.cursor:
        of = "" if answer.total is None else f" of {answer.total:,}"
        further = "go on with the cursor that --format json tells" if page is None else f"--page {page + 1} for more"
        say(f"{answer.hits[0].rank + 1:,} to {answer.hits[-1].rank + 1:,}{of}; {further}")
    if failed:
        raise typer.Exit(ExitCode.SET_ASIDE)


def looked_at(engine: Engine, answer: Answer) -> Regions:
    """Where the network looks in each hit for the words that its caption says."""
    from captioning.errors import UnreadableFileError
    from search.engine.regions import regions_of

    regions: Regions = {}
    for hit in answer.hits:
        try:
            regions[hit.image_id] = regions_of(engine.describer, hit)
        except UnreadableFileError as error:
            complain(f"not looked at: {shown_place(hit.paths[0], hit.moment)}: {error.reason}")
    return regions


def _use(library: Library, hits: Sequence[Hit], uses: Uses, title: str) -> bool:
    """Does with hits what was asked; says whether some could not be copied, moved or opened."""
    failed = False
    if uses.html is not None:
        from search.output.contact_sheet import write_contact_sheet

        write_contact_sheet(uses.html, hits, title=title)
        say(f"Wrote {uses.html}.")
    if uses.show:
        from search.cli.thumbnails import show_thumbnails

        sys.stdout.flush()
        show_thumbnails(hits)
    for hit in hits[: uses.open_first]:
        failed |= not _opened(hit)
    return _carry(library, hits, uses) or failed


def _opened(hit: Hit) -> bool:
    """Opens a photograph, or a film at a moment, and says why not if that fails."""
    from search.output.external_viewer import ViewerError, open_in_viewer

    try:
        open_in_viewer(hit.paths[0], at=hit.moment and hit.moment.start)
    except ViewerError as error:
        complain(f"not opened: {shown_path(hit.paths[0])}: {error}")
        return False
    return True


def _carry(library: Library, hits: Sequence[Hit], uses: Uses) -> bool:
    """Copies and moves the files of hits as was asked; says whether some stay where they are."""
    if uses.copy_to is None and uses.move_to is None and not uses.trash:
        return False
    from index_data.relocation import move_photographs, trash_photographs
    from search.output.copying import copy_clips, copy_photographs
    from search.output.file_words import FileAct

    sys.stdout.flush()
    failed = False
    # A film goes once, however many of its moments answer.
    files = {hit.paths[0]: hit.video.video_id if hit.video else hit.image_id for hit in hits}
    noun = "file" if any(hit.moment for hit in hits) else "photograph"
    if uses.clip and uses.copy_to is not None:
        clips = copy_clips(hits, uses.copy_to)
        failed |= not carry_out(FileAct.COPY, clips, total=len(hits), noun=noun, folder=uses.copy_to)
    elif uses.copy_to is not None:
        copies = copy_photographs(list(files), uses.copy_to)
        failed |= not carry_out(FileAct.COPY, copies, total=len(files), noun=noun, folder=uses.copy_to)
    places = [(image, path) for path, image in files.items()]
    if uses.move_to is not None:
        moved = move_photographs(library, places, uses.move_to)
        failed |= not carry_out(FileAct.MOVE, moved, total=len(files), noun=noun, folder=uses.move_to)
    if uses.trash and confirmed(f"Move {counted(len(files), noun)} to the trash?", yes=uses.yes):
        failed |= not carry_out(FileAct.TRASH, trash_photographs(library, places), total=len(files), noun=noun)
    return failed
