"""The filters of a query as SQL: which images that have a place meet every condition, and in which order they stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from math import inf

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from index_data.catalogue import schema
from index_data.catalogue.conditions import (
    NO_MARK,
    Among,
    AtTime,
    CameraNamed,
    Condition,
    Copied,
    InAlbum,
    InFolder,
    InFormat,
    InPath,
    Judged,
    Judgement,
    Lasting,
    Marked,
    Measures,
    Not,
    OfVideo,
    PlaceCondition,
    Saying,
    Tagged,
    TakenWithin,
    Undated,
)
from index_data.catalogue.elements import AmongNumbers
from index_data.catalogue.format_names import stored_formats
from index_data.catalogue.fragments import ACTIVE, CONFIRMED, DATE, WHOLE, by_date
from index_data.catalogue.full_text import says
from index_data.catalogue.pattern import matches
from index_data.catalogue.place_conditions import meets_at
from index_data.catalogue.search_words import carried
from index_data.catalogue.sql_parts import listed

_OF_IMAGE = schema.Caption.image_id == schema.Image.id
_MOMENT = schema.VideoMoment.image_id == schema.Image.id
_PLACED = schema.Sighting.image_id == schema.Image.id


def matching_images(session: Session, conditions: Sequence[Condition]) -> list[int]:
    """The numbers of all images that have a place and meet every condition, in order."""
    return list(session.scalars(matching(conditions).order_by(schema.Image.id)))


def images_newest_first(session: Session, conditions: Sequence[Condition] = ()) -> list[int]:
    """The numbers of the same images, the newest first by the camera's clock, else by that of the file.

    The moments of a film stand in their order.
    """
    return by_date(session, matching(conditions), DATE.desc())


def matching(conditions: Sequence[Condition]) -> Select[int]:
    """Asks for the numbers of images that have a place and meet every condition."""
    return select(schema.Image.id).where(exists().where(_PLACED), *map(_meets, conditions))


@singledispatch
def _meets(condition: Condition) -> ColumnElement[bool]:
    raise TypeError(f"{condition!r} is no condition")


@_meets.register
def _(condition: Not) -> ColumnElement[bool]:
    return ~_meets(condition.condition)


@_meets.register(InPath)
@_meets.register(InFolder)
def _(condition: PlaceCondition) -> ColumnElement[bool]:
    return exists().where(_PLACED, meets_at(condition))


@_meets.register
def _(condition: Tagged) -> ColumnElement[bool]:
    name = matches(schema.Tag.name, condition.pattern, whole=True)
    tagged = exists().where(schema.Tag.image_id == schema.Image.id, name)
    if not condition.proposed:
        return tagged
    proposal = schema.ProposedTag
    waiting = proposal.image_id == schema.Image.id, proposal.state == "proposed"
    return tagged | exists().where(*waiting, matches(proposal.name, condition.pattern, whole=True))


@_meets.register
def _(condition: Marked) -> ColumnElement[bool]:
    of_image = schema.ImageMark.image_id == schema.Image.id, schema.ImageMark.name == condition.mark.value
    met = exists().where(*of_image, schema.ImageMark.value.in_(condition.values))
    return met | ~exists().where(*of_image) if NO_MARK in condition.values else met


@_meets.register
def _(condition: InAlbum) -> ColumnElement[bool]:
    named = select(schema.AlbumImage.image_id).join(schema.Album, schema.Album.id == schema.AlbumImage.album_id)
    return schema.Image.id.in_(named.where(matches(schema.Album.name, condition.pattern, whole=True)))


@_meets.register
def _(condition: Among) -> ColumnElement[bool]:
    return AmongNumbers(schema.Image.id, listed(sorted(condition.images)))


@_meets.register
def _(condition: Judged) -> ColumnElement[bool]:
    match condition.judgement:
        case Judgement.NONE:
            return ~exists().where(_OF_IMAGE, ACTIVE)
        case Judgement.HUMAN:
            return exists().where(_OF_IMAGE, ACTIVE, schema.Caption.author == "person")
        case Judgement.PROPOSED:
            return exists().where(_OF_IMAGE, ACTIVE) & ~exists().where(_OF_IMAGE, CONFIRMED)
        case Judgement.ACCEPTED:
            return exists().where(_OF_IMAGE, schema.Caption.author == "model", schema.Caption.state == "accepted")


@_meets.register
def _(condition: Saying) -> ColumnElement[bool]:
    captions = select(schema.Caption.image_id).where(ACTIVE, says(schema.Caption.id, condition.phrase))
    in_captions = schema.Image.id.in_(captions)
    if condition.captions_only:
        return in_captions
    tags = select(schema.Tag.image_id).where(says(schema.Tag.id, condition.phrase))
    at = select(schema.Place.id).where(says(schema.Place.id, condition.phrase))
    places = select(schema.Sighting.image_id).where(schema.Sighting.id.in_(at))
    return in_captions | schema.Image.id.in_(tags) | schema.Image.id.in_(places)


@_meets.register
def _(condition: TakenWithin) -> ColumnElement[bool]:
    date = DATE
    met: ColumnElement[bool] = date.is_not(None)
    if condition.start is not None:
        met &= date >= condition.start
    if condition.end is not None:
        met &= date < condition.end
    return met


@_meets.register
def _(condition: Undated) -> ColumnElement[bool]:
    return schema.Image.taken_at.is_(None)


@_meets.register
def _(condition: CameraNamed) -> ColumnElement[bool]:
    return schema.Image.camera.is_not(None) & matches(schema.Image.camera, condition.part)


@_meets.register
def _(condition: Measures) -> ColumnElement[bool]:
    size: InstrumentedAttribute[int] = getattr(schema.Image, condition.side)
    return size.between(condition.least or 0, 2**62 if condition.most is None else condition.most)


@_meets.register
def _(condition: InFormat) -> ColumnElement[bool]:
    return func.lower(schema.Image.format).in_(map(carried, stored_formats(condition.name)))


@_meets.register
def _(condition: Copied) -> ColumnElement[bool]:
    of_image = schema.Place.image_id == WHOLE
    places = select(func.count()).select_from(schema.Place).where(of_image).correlate(schema.Image).scalar_subquery()
    return places > 1 if condition.copied else places == 1


@_meets.register
def _(condition: OfVideo) -> ColumnElement[bool]:
    met = exists().where(_MOMENT)
    return met if condition.of_video else ~met


@_meets.register
def _(condition: Lasting) -> ColumnElement[bool]:
    least, most = (
        limit if limit is not None else bound for limit, bound in ((condition.least, 0.0), (condition.most, inf))
    )
    film = schema.Video.image_id == schema.VideoMoment.video_id
    return exists().where(_MOMENT, film, schema.Video.duration.between(least, most))


@_meets.register
def _(condition: AtTime) -> ColumnElement[bool]:
    moment, film = schema.VideoMoment, schema.Video.image_id == schema.VideoMoment.video_id
    # The end of a film is the last moment's.
    last = (moment.end_time == condition.start) & (moment.end_time >= schema.Video.duration)
    begun = moment.start_time <= condition.end
    return exists().where(_MOMENT, film, begun, (moment.end_time > condition.start) | last)
