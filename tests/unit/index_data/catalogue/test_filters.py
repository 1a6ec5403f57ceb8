"""Each filter finds just the images that slow, obvious code finds, in libraries of random facts and names."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import delete, insert

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.catalogue import Session, schema
from index_data.catalogue.conditions import (
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
    Measures,
    Not,
    OfVideo,
    Saying,
    Tagged,
    TakenWithin,
    Undated,
)
from index_data.catalogue.records import ImageFacts
from index_data.columns.masks import meeting
from index_data.columns.reading import read_columns
from index_data.library import Library

pytestmark = pytest.mark.every_database

MODEL = ModelIdentity("m", "1" * 64, 4)
START = datetime(2020, 1, 1)
FOLDERS = (b"/a/Beach", b"/a/caf\xc3\xa9", b"/a/CAF\xc3\x89/deep", b"/b/100%_sure", b"/b/\xe9t\xe9", b"/b", b"/")
NAMES = (b"IMG_1.jpg", b"img_2.JPG", b"100%.png", b"caf\xe9.png", b"beach.png", "Ärger.png".encode(), b"a\\b.png")
TAGS = ("holiday", "Holidays", "50%", "a_b", "Köln", "köln west")
CAMERAS = (None, "Canon EOS", "canon_x", "Ñikon 100%")
FORMATS = ("JPEG", "PNG", "TIFF", "HEIF")
STATES = ("proposed", "accepted", "rejected", "edited", "withdrawn")
ALBUMS = ("Köln", "köln 100%", "Beach", "a_b")
TEXTS = ("a dog runs", "two Dogs on a beach", "the cat", "Größe: a red car")


@dataclass
class Photograph:
    """An image, as the oracle sees it."""

    number: int
    width: int
    height: int
    kind: str
    taken: datetime | None
    camera: str | None
    added: datetime
    paths: list[bytes] = field(default_factory=list)
    written: list[datetime] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    captions: list[tuple[str, str, str]] = field(default_factory=list)
    albums: list[str] = field(default_factory=list)
    shot: tuple[float, float] | None = None
    film: float | None = None

    @property
    def date(self) -> datetime:
        return self.taken or min(self.written)

    @property
    def standing(self) -> list[tuple[str, str, str]]:
        return [caption for caption in self.captions if caption[2] in ("proposed", "accepted")]

    @property
    def kept(self) -> list[tuple[str, str, str]]:
        return [caption for caption in self.standing if caption[1] == "person" or caption[2] == "accepted"]


def random_library(library: Library, seed: int, count: int = 60) -> list[Photograph]:
    """Fills a library with images of random facts; some have no place."""
    draw = np.random.default_rng(seed)

    def pick(things: tuple[object, ...]) -> object:
        return things[int(draw.integers(len(things)))]

    photographs = []
    with library.transaction(write=True) as session:
        session.execute(insert(schema.ScanRun).values(id=1, started_at=START))
        session.execute(insert(schema.Model).values(id=1, key="m@1", digest="0" * 64, dimension=4))
        for number in range(1, count + 1):
            taken = START + timedelta(days=int(draw.integers(800))) if draw.random() < 0.8 else None
            photograph = Photograph(
                *(number, int(draw.integers(1, 4000)), int(draw.integers(1, 4000)), str(pick(FORMATS)), taken),
                camera=pick(CAMERAS),  # type: ignore[arg-type]
                added=START + timedelta(days=int(draw.integers(800))),
            )
            values = {
                "width": photograph.width,
                "height": photograph.height,
                "format": photograph.kind,
                "taken_at": taken,
            }
            session.execute(
                insert(schema.Image)
                .values(
                    id=number,
                    content_hash=number.to_bytes(32),
                    byte_size=1,
                    added_at=photograph.added,
                    camera=photograph.camera,
                )
                .values(values)
            )
            for place in range(int(draw.integers(0, 3))):
                path = b"%s/%d/%s" % (pick(FOLDERS), 10 * number + place, pick(NAMES))
                photograph.paths.append(path)
                written = START + timedelta(days=int(draw.integers(-800, 800)))
                photograph.written.append(written)
                mtime_ns = int(written.timestamp()) * 10**9
                session.execute(
                    insert(schema.Place).values(image_id=number, path=path, byte_size=1, mtime_ns=mtime_ns, scan_id=1)
                )
            for tag in {str(pick(TAGS)) for _ in range(int(draw.integers(0, 3)))}:
                photograph.tags.append(tag)
                session.execute(insert(schema.Tag).values(image_id=number, name=tag, tagged_at=START))
            for _ in range(int(draw.integers(0, 3))):
                author = str(pick(("model", "person")))
                caption = (str(pick(TEXTS)), author, str(pick(STATES)))
                photograph.captions.append(caption)
                model = 1 if author == "model" else None
                session.execute(
                    insert(schema.Caption).values(
                        *(),
                        image_id=number,
                        text=caption[0],
                        author=author,
                        state=caption[2],
                        model_id=model,
                        created_at=START,
                    )
                )
            photographs.append(photograph)
        for film in range(5, count, 10):
            _make_film(session, photographs[film - 1], photographs[film : film + 3])
        session.execute(insert(schema.Album), [{"name": name} for name in ALBUMS])
        session.execute(insert(schema.Album).values(name="beach search", query="beach"))
        held = np.random.default_rng(seed).random((count, len(ALBUMS))) < 0.3
        for at, album in np.argwhere(held).tolist():
            photographs[at].albums.append(ALBUMS[album])
            session.execute(insert(schema.AlbumImage).values(album_id=album + 1, image_id=at + 1, position=at))
    return photographs


def _make_film(session: Session, film: Photograph, moments: list[Photograph]) -> None:
    """Makes an image a film, which is nothing that is found, and others its moments, which lie where it does."""
    length = 10.0 * film.number
    session.execute(insert(schema.Video).values(image_id=film.number, duration=length))
    for at, moment in enumerate(moments):
        start, end = length * at / 3, length * (at + 1) / 3
        session.execute(delete(schema.Place).where(schema.Place.image_id == moment.number))
        times = {"start_time": start, "frame_time": start, "end_time": end}
        session.execute(insert(schema.VideoMoment).values(image_id=moment.number, video_id=film.number, **times))
        moment.paths, moment.written = film.paths, film.written
        moment.shot, moment.film = (start, end), length
    film.paths = []


def _shows(image: Photograph, first: float, last: float) -> bool:
    if image.shot is None:
        return False
    start, end = image.shot
    return any(start <= time < end or time == end == image.film for time in np.linspace(first, last, 101))


def without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def like(text: str, pattern: str, *, whole: bool = False) -> bool:
    """What a person expects of a part or a pattern."""
    text, pattern = without_accents(text), without_accents(pattern)
    if not {"*", "?"} & set(pattern):
        return text == pattern if whole else pattern in text
    parts = re.split(r"([*?])", pattern)
    expression = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")


def named(path: bytes) -> str:
    return shown(path.rpartition(b"/")[2])


PATTERNS = (
    *("beach", "BEACH", "100%", "img_", "_", "%", "caf", "café", "CAFÉ", "*.jpg", "/a/*", "*beach*", "ärger*"),
    *("?00%*", "a\\b", "\\", "img?1.jpg", "*é*", os.fsdecode(b"caf\xe9"), os.fsdecode(b"/b/\xe9t\xe9/*"), "nowhere"),
)
CASES: list[tuple[Condition, Callable[[Photograph], bool]]] = [
    *(
        (InPath(pattern), lambda image, pattern=pattern: any(like(shown(p), _shown(pattern)) for p in image.paths))
        for pattern in PATTERNS
    ),
    *(
        (
            InPath(pattern, name=True),
            lambda image, pattern=pattern: any(like(named(p), _shown(pattern)) for p in image.paths),
        )
        for pattern in PATTERNS
    ),
    *(
        (Tagged(pattern), lambda image, pattern=pattern: any(like(tag, pattern, whole=True) for tag in image.tags))
        for pattern in ("holiday", "HOLIDAY", "holi*", "50%", "5%", "a_b", "a?b", "KÖLN", "köln*", "axb")
    ),
    *(
        (
            InAlbum(pattern),
            lambda image, pattern=pattern: any(like(album, pattern, whole=True) for album in image.albums),
        )
        for pattern in ("KOLN", "köln*", "Beach", "beach search", "beach*", "a_b", "a?b", "axb", "*", "nowhere")
    ),
    (Among(frozenset(range(0, 200, 3))), lambda image: image.number % 3 == 0),
    (Among(frozenset()), lambda image: False),
    *(
        (CameraNamed(pattern), lambda image, pattern=pattern: image.camera is not None and like(image.camera, pattern))
        for pattern in ("canon", "CANON", "_", "100%", "ñikon", "nikon", "canon?x", "*")
    ),
    (Judged(Judgement.NONE), lambda image: not image.standing),
    (Judged(Judgement.HUMAN), lambda image: any(caption[1] == "person" for caption in image.standing)),
    (Judged(Judgement.PROPOSED), lambda image: bool(image.standing) and not image.kept),
    (Judged(Judgement.ACCEPTED), lambda image: any(caption[1:] == ("model", "accepted") for caption in image.captions)),
    (
        Saying("dogs", captions_only=True),
        lambda image: any(re.search(r"\bdogs?\b", caption[0].lower()) for caption in image.standing),
    ),
    (
        Saying("on a beach", captions_only=True),
        lambda image: any("on a beach" in caption[0].lower() for caption in image.standing),
    ),
    (Saying("beach"), lambda image: _says(image, "beach")),
    (Saying("koln"), lambda image: any("köln" in tag.lower() for tag in image.tags)),
    (Saying('"'), lambda image: False),
    (Saying("\0"), lambda image: False),
    (Saying("\udce9"), lambda image: False),
    (TakenWithin(datetime(2020, 6, 1), None), lambda image: image.date >= datetime(2020, 6, 1)),
    (TakenWithin(None, datetime(2021, 1, 1)), lambda image: image.date < datetime(2021, 1, 1)),
    (
        TakenWithin(datetime(2020, 3, 1), datetime(2020, 9, 1)),
        lambda image: datetime(2020, 3, 1) <= image.date < datetime(2020, 9, 1),
    ),
    (Undated(), lambda image: image.taken is None),
    (Measures("width", 1000, None), lambda image: image.width >= 1000),
    (Measures("height", None, 999), lambda image: image.height <= 999),
    (Measures("width", 500, 1500), lambda image: 500 <= image.width <= 1500),
    (Measures("width", None, -1), lambda image: False),
    (InFormat("jpg"), lambda image: image.kind == "JPEG"),
    (InFormat("png"), lambda image: image.kind == "PNG"),
    (InFormat("heic"), lambda image: image.kind == "HEIF"),
    (InFormat("\udce9"), lambda image: False),
    (OfVideo(True), lambda image: image.shot is not None),
    (OfVideo(False), lambda image: image.shot is None),
    (Lasting(150.0, None), lambda image: image.film is not None and image.film >= 150),
    (Lasting(None, 250.0), lambda image: image.film is not None and image.film <= 250),
    (Lasting(150.0, 150.0), lambda image: image.film == 150),
    *(
        (AtTime(*span), lambda image, span=span: _shows(image, *span))
        for span in ((0.0, 0.0), (50.0, 50.0), (49.5, 50.5), (100.0, 101.0), (150.0, 150.0), (1e9, 1e9))
    ),
    (Copied(True), lambda image: len(image.paths) > 1),
    (Copied(False), lambda image: len(image.paths) == 1),
]


def _shown(pattern: str) -> str:
    return os.fsencode(pattern).decode("utf-8", "replace")


def _says(image: Photograph, word: str) -> bool:
    texts = [caption[0] for caption in image.standing] + image.tags + [shown(path) for path in image.paths]
    return any(word in re.split(r"[\W_]+", text.lower()) for text in texts)


@pytest.fixture(params=[0, 1])
def filled(library: Library, request: pytest.FixtureRequest) -> tuple[Library, list[Photograph]]:
    return library, random_library(library, request.param)


def told_by_columns(session: Session) -> Callable[..., list[int]]:
    """Finds what meets conditions without the catalogue, as far as columns can tell."""
    columns = read_columns(session, MODEL, None)
    return lambda *conditions: columns.ids[meeting(session, columns, conditions)].tolist()


def test_columns_tell_of_a_part_that_begins_in_the_folder(library: Library) -> None:
    with library.transaction(write=True) as session:
        session.execute(insert(schema.ScanRun).values(id=1, started_at=START))
        for number, path in enumerate((b"/a/b/img_1.jpg", b"/b/img_2.jpg", b"/b/a/1.jpg", b"/a/x\nb/img.jpg"), 1):
            facts = ImageFacts(1, 1, "JPEG")
            (image,) = catalogue.add_images(session, [(number.to_bytes(32), 1, facts)]).values()
            catalogue.put_place(session, path, image_id=image, byte_size=1, mtime_ns=1, scan_id=1)
        # Of two places one lies in the folder, and the name of the other begins as asked.
        catalogue.put_place(session, b"/q/b/7.jpg", image_id=3, byte_size=1, mtime_ns=1, scan_id=1)
    with library.transaction() as session:
        met = told_by_columns(session)
        parts = ("b/img", "b/img.", "b/1.", "x/img\n", "b/\n", "b/", "/a/", "B/IMG_2", "b/a/1", "x\nb", "\n", "/")
        for pattern in (*parts, "g_1.jpg", "1.jpg", ""):
            within = InPath(pattern)
            assert met(within) == catalogue.matching_images(session, [within]), pattern
            assert met(InPath(pattern, name=True)) == catalogue.matching_images(session, [InPath(pattern, name=True)])
        for folder in (b"/a", b"/b/", b"/", b"/a/x"):
            assert met(InFolder(folder)) == catalogue.matching_images(session, [InFolder(folder)]), folder


def test_each_filter_finds_what_slow_code_finds(filled: tuple[Library, list[Photograph]]) -> None:
    library, photographs = filled
    placed = [photograph for photograph in photographs if photograph.paths]
    telling = 0
    with library.transaction() as session:
        met = told_by_columns(session)
        for condition, holds in CASES:
            expected = [photograph.number for photograph in placed if holds(photograph)]
            assert catalogue.matching_images(session, [condition]) == expected, condition
            others = [photograph.number for photograph in placed if not holds(photograph)]
            assert catalogue.matching_images(session, [Not(condition)]) == others, condition
            assert met(condition) == expected, condition
            assert met(Not(condition)) == others, condition
            telling += bool(expected) and bool(others)
    assert telling > len(CASES) // 2


def test_filters_hold_together(filled: tuple[Library, list[Photograph]]) -> None:
    library, photographs = filled
    draw = np.random.default_rng(7)
    with library.transaction() as session:
        met = told_by_columns(session)
        for _ in range(50):
            chosen = [CASES[at] for at in draw.integers(len(CASES), size=3)]
            expected = [
                photograph.number
                for photograph in photographs
                if photograph.paths and all(holds(photograph) for _, holds in chosen)
            ]
            assert catalogue.matching_images(session, [condition for condition, _ in chosen]) == expected
            assert met(*(condition for condition, _ in chosen)) == expected


def test_the_newest_come_first(filled: tuple[Library, list[Photograph]]) -> None:
    library, photographs = filled
    placed = [photograph for photograph in photographs if photograph.paths]
    # The moments of a film were made in their order, under the numbers behind its own.
    film = {photograph.number: photograph.number // 10 * 10 + 5 for photograph in placed if photograph.shot}
    expected = sorted(placed, key=lambda image: (-image.date.timestamp(), film.get(image.number, 0), image.number))
    with library.transaction() as session:
        newest = catalogue.images_newest_first(session)
        assert newest == [photograph.number for photograph in expected]
        dates = catalogue.dates_of(session, newest)
        columns = read_columns(session, MODEL, None)
        assert columns.ids[columns.newest_first].tolist() == [photograph.number for photograph in expected]
        pictures = catalogue.images_newest_first(session, [InFormat("png")])
    assert pictures == [photograph.number for photograph in expected if photograph.kind == "PNG"]
    assert dates == {photograph.number: (photograph.date, photograph.taken is None) for photograph in expected}
