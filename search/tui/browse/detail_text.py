"""The text of the detail pane: what is said of a photograph, what is known of it, and why it was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC

from rich.filesize import decimal
from textual.content import Content

from index_data.catalogue.annotation_records import StoredCaption
from index_data.catalogue.records import ImageDate, ImageDetails
from index_data.film_times import clock
from search.engine.hits import Hit, Why
from search.engine.regions import Region
from search.output.mark_words import mark_words
from search.output.printable import printable
from search.tui.widgets.word_confidence import LEGEND, WordConfidences, colour_words

BAR = 8
"""Cells of a bar that stands for a probability of one."""

MOST_TIMES = 10
"""Times of further moments of the same film that answer."""


def format_details(
    details: ImageDetails,
    hit: Hit | None,
    *,
    words: WordConfidences,
    regions: Mapping[str, Region],
    note: str,
    when: str = "",
) -> Content:
    """Everything, from what was asked for most to what is asked for least; `when` tells a moment's times."""
    parts = [_caption(details.captions, words, note)]
    match = _match(hit, regions)
    about = (_marks(details), match, _keywords(details), *_chips(details), _facts(details, when))
    parts += [part for part in about if part.plain]
    parts.append(_places(details, hit))
    return Content("\n\n").join(parts)


def draw_bar(share: float) -> str:
    """A bar of eighths of a cell."""
    full, rest = divmod(round(max(0.0, min(1.0, share)) * BAR * 8), 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(BAR)


def _head(text: str) -> Content:
    return Content.styled(f"{text}\n", "$primary")


def _caption(captions: tuple[StoredCaption, ...], words: WordConfidences, note: str) -> Content:
    if not captions:
        return Content.styled("no caption yet", "italic $foreground 60%")
    first = captions[0]
    text = colour_words(words) if words else Content.styled(first.text, "bold")
    parts = [text, Content.styled(f"\n{_origin(first)}", "$foreground 60%")]
    if words:
        parts.append(Content("\n") + LEGEND)
    if note:
        parts.append(Content.styled(f"\n{note}", "italic $foreground 60%"))
    parts += [
        Content(f"\n{other.text}") + Content.styled(f"  {_origin(other)}", "$foreground 60%") for other in captions[1:]
    ]
    return Content("").join(parts)


def _origin(caption: StoredCaption) -> str:
    by = "by a person" if caption.author == "person" else "by the model"
    state = {"accepted": ", accepted", "proposed": ", not reviewed"}.get(caption.state, "")
    confidence = "" if caption.confidence is None else f", {caption.confidence:.0%} sure"
    return f"{by}{'' if caption.author == 'person' else state}{confidence}"


def _match(hit: Hit | None, regions: Mapping[str, Region]) -> Content:
    """How well it fits the query, where the words were found, and where in the picture the network looks for them."""
    if hit is None or (hit.probability is None and hit.score is None):
        return Content("")
    # Where there is a probability it says the same in words that people know.
    score = "" if hit.score is None or hit.probability is not None else f", similarity {hit.score:.2f}"
    lines = [Content(f"number {hit.rank + 1:,} in the results of this query{score}")]
    if hit.probability is not None:
        chance = f" {hit.probability:.0%} likely to fit"
        lines.insert(0, Content.assemble((draw_bar(hit.probability), "$secondary"), chance))
    lines += [_row(f"in the {place}", ", ".join(words), 17) for place, words in _matches(hit.why)]
    lines += [_row("in the picture", f"{word}: {region.place}", 17) for word, region in regions.items()]
    if hit.other_moments:
        others = ", ".join(clock(moment.start) for moment in hit.other_moments[:MOST_TIMES])
        others += ", …" * (len(hit.other_moments) > MOST_TIMES)
        lines.append(_row("also at", others, 17))
    if hit.near_duplicates:
        lines.append(Content(f"stands for {len(hit.near_duplicates)} more that look the same"))
    return _head("Why it was found") + Content("\n").join(lines)


def _matches(why: Why) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where words of the query are said of the photograph."""
    for place, words in (("caption", why.caption), ("keywords", why.keywords), ("tags", why.tags), ("path", why.path)):
        if words:
            yield place, words


def _keywords(details: ImageDetails) -> Content:
    if not details.keywords:
        return Content("")
    width = max(len(word) for word, _ in details.keywords)
    lines = [
        Content.assemble(
            f"{word:<{width}}  ", (draw_bar(probability), "$secondary"), (f" {probability:.0%}", "$foreground 60%")
        )
        for word, probability in details.keywords
    ]
    return _head("Keywords") + Content("\n").join(lines)


def _chips(details: ImageDetails) -> Iterator[Content]:
    """Its tags, and its albums."""
    for title, names in (("Tags", details.tags), ("Albums", details.albums)):
        chips = [Content.styled(f" {name} ", "$background on $secondary") for name in names]
        yield _head(title) + Content(" ").join(chips) if chips else Content("")


def _marks(details: ImageDetails) -> Content:
    return Content.styled(mark_words(details.marks), "$accent")


def _date(date: ImageDate) -> str:
    """When it was taken; the date of its file is marked, as in the tables of hits."""
    if date.moment is None:
        return "the file does not say"
    return f"{date.moment:%d %B %Y, %H:%M}" + (" (file)" if date.of_file else "")


def _facts(details: ImageDetails, when: str) -> Content:
    megapixels = f"{details.width * details.height / 1e6:.1f} megapixels"
    size = f"{details.width:,} \N{MULTIPLICATION SIGN} {details.height:,}, {megapixels}"
    rows = [("moment", when)] if when else []
    rows += [
        ("taken", _date(details.date)),
        ("camera", details.camera or "the file does not say"),
        ("size", size),
        ("file", f"{details.format}, {decimal(details.byte_size)}"),
        ("known since", f"{details.added_at.replace(tzinfo=UTC).astimezone():%d %B %Y}"),
    ]
    return _head("Facts") + Content("\n").join(_row(name, value) for name, value in rows)


def _places(details: ImageDetails, hit: Hit | None) -> Content:
    """Every path; first, as everywhere, the one that the query asked for."""
    paths = [file.path for file in details.seen.files]
    if hit is not None:
        paths.sort(key=lambda path: (path != hit.paths[0], path))
    title = "Place" if len(paths) == 1 else f"Places: the same file {len(paths)} times"
    lines = [Content(printable(path)) for path in paths]
    if details.alike:
        others = ", ".join(f"#{image}" for image in details.alike[:10])
        lines.append(Content.styled(f"looks the same: {others}", "$foreground 60%"))
    return _head(title) + Content("\n").join(lines)


def _row(name: str, value: str, width: int = 13) -> Content:
    return Content.assemble((f"{name:<{width}}", "$foreground 60%"), value)
