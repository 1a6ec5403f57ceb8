"""`imgsearch query`: finds photographs by words, pictures and filters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import say
from search.cli.file_acts import ClipOption, CopyOption, MoveOption, TrashOption, YesOption
from search.cli.hit_actions import (
    CursorOption,
    HtmlOption,
    OpenOption,
    PageOption,
    RegionsOption,
    ShowOption,
    Uses,
    give_answer,
    looked_at,
    none_known,
    opened_engine,
)
from search.cli.hit_output import HitFormat, HitFormatOption
from search.cli.minus_words import joined
from search.cli.options import OWN_MODEL, CountOption, DeviceOption, ForceOption, LibraryOption, ModelOption
from search.output.printable import photographs

if TYPE_CHECKING:
    from index_data.library import Library
    from search.engine.answer import Answer


def query(
    words: Annotated[
        list[str] | None, typer.Argument(help="What the picture shows, in your own words; and filters.")
    ] = None,
    *,
    image: Annotated[Path | None, typer.Option("--image", help="The same as like:FILE.", readable=False)] = None,
    count: CountOption = 10,
    page: PageOption = 1,
    cursor: CursorOption = None,
    include_irrelevant: Annotated[
        bool, typer.Option("--all", help="Also what does not answer, nearest first.")
    ] = False,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Do not fold what looks the same, nor a video's moments.")
    ] = False,
    more: Annotated[
        list[int] | None, typer.Option("--more", min=1, help="More like this hit; repeatable.", metavar="RANK")
    ] = None,
    less: Annotated[
        list[int] | None, typer.Option("--less", min=1, help="Less like this hit; repeatable.", metavar="RANK")
    ] = None,
    regions: RegionsOption = False,
    output: HitFormatOption = HitFormat.TABLE,
    show: ShowOption = False,
    html: HtmlOption = None,
    force: ForceOption = False,
    open_first: OpenOption = 0,
    copy_to: CopyOption = None,
    clip: ClipOption = False,
    move_to: MoveOption = None,
    trash: TrashOption = False,
    yes: YesOption = False,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Finds photographs and videos by words, pictures and filters.

    WORDS describe the picture. "Quoted words" must be said of it, -word must not; word:2 counts double. like:FILE,
    like:film.mp4@1:23 and like:#NUMBER look like a picture. Filters: path: name: tag: album: after: before: on: camera:
    width: height: format: rating: label: picked: favourite: dup: (yes or no), caption: (words, none, human, proposed,
    accepted), type: (photo or video), and of videos length: (>60, 1:30) and at: (1:23). Orders: sort:date, sort:path,
    sort:random.

    What --move-to and --trash do is taken back by: imgsearch review undo

    Example: imgsearch query "a dog on a beach" after:2023 -k 5

    Example: imgsearch query tag:holiday -dog sort:date --copy-to best/

    Example: imgsearch query "a dog" type:video --copy-to dogs/ --clip
    """
    import secrets

    from search.engine.options import SearchOptions
    from search.engine.query import Likeness, Query, Sort
    from search.engine.query_language import parse

    text = joined(words or [])
    if image is None and not text:
        raise typer.BadParameter("give a description, or a picture with --image FILE")
    parsed = parse(text) if text else Query()
    if image is not None:
        parsed = parsed.looking_like(Likeness(str(image)))
    uses = Uses(show, html, force, open_first, copy_to, clip, move_to, trash, yes)
    with opened_engine(library, model, device) as (opened, engine), none_known(output):
        uses.check(opened)
        answer = engine.search(
            parsed,
            SearchOptions(
                count=count,
                cursor=cursor,
                skip=(page - 1) * count,
                include_irrelevant=include_irrelevant,
                collapse_duplicates=not duplicates,
                seed=secrets.randbelow(2**31),
                more=tuple(rank - 1 for rank in more or ()),
                less=tuple(rank - 1 for rank in less or ()),
            ),
        )
        scored = answer.words is not None and answer.words.known
        if scored and answer.hits and not answer.calibrated and not parsed.likenesses and not (more or less):
            say("Scores of this model are not probabilities yet; make them so with: imgsearch calibrate")
        give_answer(
            answer,
            output,
            uses,
            library=opened,
            title=text or str(image),
            without_hits="" if answer.hits else _without_hits(opened, answer, page),
            page=None if cursor or parsed.sort is Sort.RANDOM else page,
            regions=looked_at(engine, answer) if regions else None,
        )


def _without_hits(library: Library, answer: Answer, page: int) -> str:
    """What is said where nothing is shown."""
    from index_data import catalogue

    if page > 1:
        return f"There is no page {page:,}."
    if not library.read(catalogue.count_images).images:
        return "The library holds no photographs yet; add some with: imgsearch index FOLDER"
    sentence = "Nothing matches."
    if answer.query.asks_dates and (undated := library.read(catalogue.count_undated)):
        bear = "bears" if undated == 1 else "bear"
        sentence += f" {photographs(undated)} of the library {bear} no date; for these the file's date counts."
    return sentence + (" See what comes nearest with: --all" if answer.calibrated else "")
