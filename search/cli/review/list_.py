"""`imgsearch review list`: the photographs, or the proposed tags, that wait for a person."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index_data.annotation.order import Order, Part
from index_data.film_times import named_moment
from search.cli.console import say, shown_place
from search.cli.exit_codes import ExitCode
from search.cli.hit_actions import none_known
from search.cli.options import OWN_MODEL, DetailsOption, Format, FormatOption, LibraryOption, ModelOption, model_path
from search.cli.photographs import opened_library
from search.cli.render import print_json, print_paths, print_table
from search.cli.review.proposed_tags import list_proposed_tags
from search.output.film_words import moment_record

if TYPE_CHECKING:
    from index_data.annotation.queue import QueueItem
    from index_data.catalogue.conditions import PlaceCondition


def list_queue(
    *,
    query: Annotated[
        str | None, typer.Option("--query", help="Only what answers this query, as `imgsearch query` reads it.")
    ] = None,
    order: Annotated[
        Order | None,
        typer.Option(
            "--order",
            "-o",
            help="uncertainty, date, path or query; usually by uncertainty, or by the query if there is one.",
        ),
    ] = None,
    part: Annotated[
        Part, typer.Option("--part", help="Those without a person's word, with one, all, or with proposed tags.")
    ] = Part.WAITING,
    tags: Annotated[bool, typer.Option("--tags", help="Tags that are proposed, the most doubtful first.")] = False,
    tag: Annotated[str | None, typer.Option("--tag", "-t", help="Only where this tag is proposed.")] = None,
    count: Annotated[int, typer.Option("-k", "--count", min=1, help="How many to list.")] = 20,
    details: DetailsOption = False,
    output: FormatOption = Format.TABLE,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
) -> None:
    """Lists the photographs, or the proposed tags, that wait for your word.

    The least sure captions come first: those of whose words the model was unsure, that fit the picture badly, or
    that say something else than those of pictures like it.

    Example: imgsearch review list -k 50 --query "dog path:2019"

    Example: imgsearch review list --tags
    """
    from index_data.annotation.queue import queue

    if order is Order.QUERY and query is None:
        raise typer.BadParameter("the order of a query needs one: --query")
    order = order or (Order.UNCERTAINTY if query is None else Order.QUERY)
    with opened_library(library) as (opened, _), none_known(output):
        among: list[int] | None = None
        places: tuple[PlaceCondition, ...] = ()
        if query is not None:
            from search.engine.engine import Engine
            from search.engine.options import SearchOptions
            from search.engine.query_language import parse

            engine = Engine(opened, model=model_path(model, opened))
            answer = engine.search(parse(query), SearchOptions(collapse_duplicates=False))
            among, places = answer.ranking.image_ids.tolist(), answer.query.places
        if tags or tag is not None:
            chosen = None if among is None else set(among)
            list_proposed_tags(opened, tag=tag, count=count, output=output, among=chosen)
            return
        items = queue(opened, order=order, part=part, among=among, limit=count, places=places)
    if output is Format.JSON:
        print_json([_item_record(item) for item in items])
    elif output is Format.PATHS:
        # What is said of one moment is not said of its whole video.
        print_paths([named_moment(item.paths[0], item.moment) if item.moment else item.paths[0] for item in items])
    elif items:
        header, rows = ["path", "whose", "caption"], [_row(item) for item in items]
        if details:
            header = ["uncertainty", *header]
            values = [f"{item.uncertainty.value:.2f}" if item.uncertainty else "" for item in items]
            rows = [[value, *row] for value, row in zip(values, rows, strict=True)]
        print_table(header, rows, figures=int(details))
    if not items:
        say("No photograph waits for review." if part is Part.WAITING else "No photograph fits.")
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def _row(item: QueueItem) -> list[str]:
    caption, place = item.caption, shown_place(item.paths[0], item.moment)
    if caption is None:
        return [place, "", ""]
    whose = "yours" if caption.author == "person" else "accepted" if caption.confirmed else "the model's"
    return [place, whose, caption.text]


def _item_record(item: QueueItem) -> dict[str, Any]:
    caption, uncertainty = item.caption, item.uncertainty
    return {
        "path": os.fsdecode(item.paths[0]),
        "other_paths": [os.fsdecode(path) for path in item.paths[1:]],
        **({} if item.moment is None else moment_record(item.moment)),
        "caption": caption and caption.text,
        "author": caption and caption.author,
        "state": caption and caption.state,
        "tags": list(item.tags),
        "uncertainty": uncertainty
        and {
            "value": round(uncertainty.value, 4),
            "confidence": uncertainty.confidence and round(uncertainty.confidence, 4),
            "similarity": round(uncertainty.similarity, 4),
            "neighbour_agreement": uncertainty.neighbour_agreement and round(uncertainty.neighbour_agreement, 4),
        },
    }
