"""The queue of captions that wait for a person, and how far the review has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from captioning.metrics.bleu import corpus_bleu
from captioning.vocabulary import tokenize
from index_data import catalogue
from index_data.annotation.order import Order, Part
from index_data.annotation.tag_queue import tag_queue
from index_data.annotation.uncertainty import Uncertainty, uncertainties
from index_data.catalogue.annotation_records import ProposedTag, StoredCaption
from index_data.catalogue.conditions import PlaceCondition
from index_data.catalogue.records import Moment
from index_data.library import Library


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A photograph in the queue.

    Attributes:
        image_id: Its number.
        paths: Where it was last seen; at least one.
        caption: The one that is shown; none if none is active.
        tags: In order.
        uncertainty: Only where the queue was ordered by it, and only with a caption.
        moment: When it is in its film; none of a photograph.
        proposed_tags: Tags that nobody has judged, the most probable first.
    """

    image_id: int
    paths: tuple[bytes, ...]
    caption: StoredCaption | None
    tags: tuple[str, ...]
    uncertainty: Uncertainty | None
    moment: Moment | None = None
    proposed_tags: tuple[ProposedTag, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptanceStatistics:
    """How far people agree with a model's captions that they have judged.

    Attributes:
        accepted: Captions taken as they were.
        edited: Captions that were reworded.
        rejected: Captions that were thrown away.
        bleu_4: Of the accepted and edited captions against the final words, in [0, 1]; none without any.
        edit_distance: Words to insert, delete or replace, as a share of the longer sentence, in [0, 1]: the mean
            over the edited captions; none without any.
    """

    accepted: int
    edited: int
    rejected: int
    bleu_4: float | None
    edit_distance: float | None

    @property
    def unchanged(self) -> float:
        """The share of judged captions that were taken as they were, in [0, 1]."""
        return self.accepted / (self.accepted + self.edited + self.rejected)


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How far the review has come: photographs, those with a person's word, and the agreement with each model."""

    images: int
    reviewed: int
    models: dict[str, AcceptanceStatistics]

    @property
    def waiting(self) -> int:
        """Photographs that wait for a person's word."""
        return self.images - self.reviewed


@dataclass(frozen=True, slots=True)
class Queue:
    """Photographs in order, by their numbers, and how uncertain their captions are where the order asked for it."""

    images: tuple[int, ...]
    uncertainties: Mapping[int, Uncertainty] = field(default_factory=dict)


def line_up(
    library: Library,
    *,
    order: Order = Order.UNCERTAINTY,
    part: Part = Part.WAITING,
    among: Sequence[int] | None = None,
    places: Sequence[PlaceCondition] = (),
) -> Queue:
    """Puts a part of the library in order; by uncertainty, those without a caption come first.

    Of photographs with proposed tags, it is that of the tags.

    Args:
        library: Open.
        order: What comes first.
        part: Which photographs, by whether a person has spoken.
        among: Only these; the order `QUERY` keeps them as they are given.
        places: Which of several paths of a photograph counts.
    """
    with library.transaction() as session:
        reviewed = set(catalogue.reviewed_images(session))
        if order is Order.QUERY:
            images = list(among or ())
        else:
            by_path = order is Order.PATH
            images = catalogue.images_by_path(session, wanted=places) if by_path else catalogue.images_by_date(session)
    if among is not None and order is not Order.QUERY:
        wanted = set(among)
        images = [image for image in images if image in wanted]
    if part is Part.TAGS:
        proposed = list(dict.fromkeys(tag.image_id for tag in tag_queue(library)))
        waiting, shown = set(proposed), set(images)
        by_doubt = order is Order.UNCERTAINTY
        return Queue(
            tuple(image for image in (proposed if by_doubt else images) if image in waiting and image in shown)
        )
    if part is not Part.ALL:
        images = [image for image in images if (image in reviewed) is (part is Part.REVIEWED)]
    if order is not Order.UNCERTAINTY:
        return Queue(tuple(images))
    measured = uncertainties(library, images)
    images.sort(key=lambda image: -measured[image].value if image in measured else -1.0)
    return Queue(tuple(images), measured)


def queue_items(
    library: Library,
    images: Sequence[int],
    uncertainties: Mapping[int, Uncertainty] | None = None,
    *,
    places: Sequence[PlaceCondition] = (),
) -> list[QueueItem]:
    """What a person must see of photographs to judge them; those that no longer have a place are left out.

    Of the paths of each those stand first that meet the most of `places`.
    """
    with library.transaction() as session:
        captions, tags = catalogue.captions_of(session, images), catalogue.tags_of(session, images)
        proposed_tags = catalogue.proposed_tags_of(session, images)
        records = catalogue.images(session, images, wanted=places)
    best = {image: stored[0] for image, stored in captions.items() if stored[0].active}
    return [
        QueueItem(
            image,
            records[image].paths,
            best.get(image),
            tags.get(image, ()),
            (uncertainties or {}).get(image),
            records[image].moment,
            proposed_tags.get(image, ()),
        )
        for image in images
        if image in records
    ]


def queue(
    library: Library,
    *,
    order: Order = Order.UNCERTAINTY,
    part: Part = Part.WAITING,
    among: Sequence[int] | None = None,
    limit: int | None = None,
    places: Sequence[PlaceCondition] = (),
) -> list[QueueItem]:
    """The first photographs that `line_up` gives, with what a person must see of them."""
    queue = line_up(library, order=order, part=part, among=among, places=places)
    return queue_items(library, queue.images[:limit], queue.uncertainties, places=places)


def progress(library: Library) -> ReviewProgress:
    """How far the review of a library has come, and how far people agreed with its models."""
    with library.transaction() as session:
        judged = catalogue.judged_captions(session)
        images = catalogue.count_images(session).images
        reviewed = len(catalogue.reviewed_images(session))
    heirs = {
        caption.origin_id: caption
        for caption in judged
        if caption.origin_id is not None and caption.state != "withdrawn"
    }
    by_model: dict[str, list[StoredCaption]] = defaultdict(list)
    for caption in judged:
        if caption.model is not None:
            by_model[caption.model].append(caption)
    models = {model: _acceptance(captions, heirs) for model, captions in sorted(by_model.items())}
    return ReviewProgress(images, reviewed, models)


def _acceptance(captions: list[StoredCaption], heirs: dict[int, StoredCaption]) -> AcceptanceStatistics:
    states = [caption.state for caption in captions]
    accepted = [tokenize(caption.text) for caption in captions if caption.state == "accepted"]
    pairs = [
        (tokenize(caption.text), tokenize(final.text))
        for caption in captions
        if caption.state == "edited" and (final := _final(caption, heirs)) is not None
    ]
    # A sentence of signs alone has no words to compare.
    both = [(before, after) for before, after in [*((words, words) for words in accepted), *pairs] if before and after]
    bleu = corpus_bleu([before for before, _ in both], [[after] for _, after in both])[3] if both else None
    distances = [Levenshtein.normalized_distance(before, after) for before, after in pairs]
    return AcceptanceStatistics(
        states.count("accepted"),
        states.count("edited"),
        states.count("rejected"),
        bleu,
        sum(distances) / len(distances) if distances else None,
    )


def _final(caption: StoredCaption, heirs: dict[int, StoredCaption]) -> StoredCaption | None:
    """The caption that an edited one became in the end; none if that was rejected."""
    while caption.caption_id in heirs:
        caption = heirs[caption.caption_id]
    return caption if caption.active else None
