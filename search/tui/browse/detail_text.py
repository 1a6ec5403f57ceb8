"""The words of the detail pane: what is said of a photograph, what is known of it, and why it was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from textual.content import Content

from index_data.catalogue.annotation_records import StoredCaption
from index_data.catalogue.records import ImageDetails
from search.engine.hits import Hit, Why
from search.engine.regions import Region
from search.output.printable import printable

WordConfidences = tuple[tuple[str, float], ...]
"""The words of a caption with the model's probability of each, in [0, 1]."""

SURE, DOUBTFUL = 0.5, 0.2
"""From which probability on a word counts as sure, and below which as doubtful."""

BAR = 8
"""Cells of a bar that stands for a probability of one."""


def detail_text(
    details: ImageDetails, hit: Hit | None, words: WordConfidences, regions: Mapping[str, Region], note: str
) -> Content:
    """Everything, from what was asked for most to what is asked for least."""
    parts = [_caption(details.captions, words, note)]
    found = _match(hit, regions)
    parts += [part for part in (found, _keywords(details), _tags(details), _facts(details)) if part.plain]
    parts.append(_places(details))
    return Content("\n\n").join(parts)


def bar(share: float) -> str:
    """A bar of eighths of a cell."""
    full, rest = divmod(round(max(0.0, min(1.0, share)) * BAR * 8), 8)
    return ("█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(BAR)


def _head(text: str) -> Content:
    return Content.styled(f"{text}\n", "$primary")


def _caption(captions: tuple[StoredCaption, ...], words: WordConfidences, note: str) -> Content:
    if not captions:
        return Content.styled("no caption yet", "italic $foreground 60%")
    first = captions[0]
    text = Content(" ").join(_weighed(*word) for word in words) if words else Content.styled(first.text, "bold")
    parts = [text, Content.styled(f"\n{_origin(first)}", "$foreground 60%")]
    if words:
        key = Content.from_markup(
            "\n[$foreground 60%]of each word the model is [/][$success]sure[/][$foreground 60%], [/]"
            "[$warning]less sure[/][$foreground 60%], [/][$error underline]doubtful[/]"
        )
        parts.append(key)
    if note:
        parts.append(Content.styled(f"\n{note}", "italic $foreground 60%"))
    parts += [Content(f"\n{one.text}") + Content.styled(f"  {_origin(one)}", "$foreground 60%") for one in captions[1:]]
    return Content("").join(parts)


def _origin(caption: StoredCaption) -> str:
    by = "by a person" if caption.author == "person" else "by the model"
    state = {"accepted": ", accepted", "proposed": ", not reviewed"}.get(caption.state, "")
    sure = "" if caption.confidence is None else f", {caption.confidence:.0%} sure"
    return f"{by}{'' if caption.author == 'person' else state}{sure}"


def _weighed(word: str, confidence: float) -> Content:
    style = "$success" if confidence >= SURE else "$warning" if confidence >= DOUBTFUL else "$error underline"
    return Content.styled(word, style)


def _match(hit: Hit | None, regions: Mapping[str, Region]) -> Content:
    """How well it fits the query, where the words were found, and where in the picture the network looks for them."""
    if hit is None or (hit.probability is None and hit.score is None):
        return Content("")
    # Where there is a probability it says the same in words that people know.
    score = "" if hit.score is None or hit.probability is not None else f", similarity {hit.score:.2f}"
    lines = [Content(f"number {hit.rank + 1:,} in the order of this query{score}")]
    if hit.probability is not None:
        share = f" {hit.probability:.0%} probable that it fits"
        lines.insert(0, Content.assemble((bar(hit.probability), "$secondary"), share))
    lines += [_row(f"in the {place}", ", ".join(words), 17) for place, words in _found(hit.why)]
    lines += [_row("in the picture", f"{word}: {region.place}", 17) for word, region in regions.items()]
    if hit.near_duplicates:
        lines.append(Content(f"stands for {len(hit.near_duplicates)} more that look the same"))
    return _head("Why it was found") + Content("\n").join(lines)


def _found(why: Why) -> Iterator[tuple[str, tuple[str, ...]]]:
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
            f"{word:<{width}}  ", (bar(probability), "$secondary"), (f" {probability:.0%}", "$foreground 60%")
        )
        for word, probability in details.keywords
    ]
    return _head("Keywords") + Content("\n").join(lines)


def _tags(details: ImageDetails) -> Content:
    if not details.tags:
        return Content("")
    chips = [Content.styled(f" {tag} ", "$background on $secondary") for tag in details.tags]
    return _head("Tags") + Content(" ").join(chips)


def _facts(details: ImageDetails) -> Content:
    taken = f"{details.taken_at:%d %B %Y, %H:%M}" if details.taken_at else "the file does not say"
    megapixels = f"{details.width * details.height / 1e6:.1f} megapixels"
    size = f"{details.width:,} \N{MULTIPLICATION SIGN} {details.height:,}, {megapixels}"
    rows = [
        ("taken", taken),
        ("camera", details.camera or "the file does not say"),
        ("size", size),
        ("file", f"{details.format}, {_bytes(details.byte_size)}"),
        ("known since", f"{details.added_at:%d %B %Y}"),
    ]
    return _head("Facts") + Content("\n").join(_row(name, value) for name, value in rows)


def _places(details: ImageDetails) -> Content:
    files = details.seen.files
    title = "Place" if len(files) == 1 else f"Places: the same file {len(files)} times"
    lines = [Content(printable(file.path)) for file in files]
    if details.alike:
        others = ", ".join(f"#{image}" for image in details.alike[:10])
        lines.append(Content.styled(f"looks the same: {others}", "$foreground 60%"))
    return _head(title) + Content("\n").join(lines)


def _row(name: str, value: str, width: int = 13) -> Content:
    return Content.assemble((f"{name:<{width}}", "$foreground 60%"), value)


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
