"""`imgsearch similar`: finds what looks like a picture."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.file_acts import ClipOption, CopyOption
from search.cli.hit_actions import (
    CursorOption,
    HtmlOption,
    OpenOption,
    PageOption,
    ShowOption,
    Uses,
    give_answer,
    none_known,
    opened_engine,
)
from search.cli.hit_output import HitFormat, HitFormatOption
from search.cli.options import OWN_MODEL, CountOption, DeviceOption, ForceOption, LibraryOption, ModelOption


def similar(
    picture: Annotated[
        str, typer.Argument(help="A picture file, film.mp4@1:23, or #NUMBER of what is in the library.")
    ],
    filters: Annotated[
        list[str] | None, typer.Argument(help="Words and filters, as imgsearch query takes them.")
    ] = None,
    *,
    count: CountOption = 10,
    page: PageOption = 1,
    cursor: CursorOption = None,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Do not fold what looks the same, nor a video's moments.")
    ] = False,
    output: HitFormatOption = HitFormat.TABLE,
    show: ShowOption = False,
    html: HtmlOption = None,
    force: ForceOption = False,
    open_first: OpenOption = 0,
    copy_to: CopyOption = None,
    clip: ClipOption = False,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Finds what looks like a picture, or like a moment of a video.

    The picture itself is left out if it is in the library.

    Example: imgsearch similar beach.jpg after:2023

    Example: imgsearch similar film.mp4@1:23 type:photo
    """
    from search.engine.options import SearchOptions
    from search.engine.query import Likeness, Query
    from search.engine.query_language import parse

    number = picture.removeprefix("#")
    # Python refuses to read numbers of thousands of digits.
    numbered = picture.startswith("#") and number.isdecimal() and len(number) < 100
    likeness = Likeness(int(number) if numbered else picture)
    filtered = parse(" ".join(filters)) if filters else Query()
    uses = Uses(show, html, force, open_first, copy_to, clip)
    with opened_engine(library, model, device) as (opened, engine), none_known(output):
        uses.check(opened)
        answer = engine.search(
            filtered.looking_like(likeness),
            SearchOptions(
                count=count,
                cursor=cursor,
                skip=(page - 1) * count,
                collapse_duplicates=not duplicates,
                include_self=False,
            ),
        )
        give_answer(
            answer,
            output,
            uses,
            library=opened,
            title=f"Like {picture}",
            page=None if cursor else page,
            without_hits="The library holds no other photograph that could be like it.",
        )
