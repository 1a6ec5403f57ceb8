"""Libraries of made-up photographs, each with any vector and any words, for a model that knows few words."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import func, insert, select

from captioning.model_file import read_model_file
from captioning.outputs import Caption, Description, Keyword
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data import catalogue
from index_data.catalogue import schema
from index_data.catalogue.records import ImageFacts, Moment, MomentDescription
from index_data.library import Library
from index_data.locations import relevance_file
from search.engine.relevance import Relevance, RelevanceFeatures, write_relevance
from tests.libraries import opened_library

START = datetime(2021, 1, 1)


@dataclass
class Made:
    """A photograph that a test makes up."""

    vector: NDArray[np.float32]
    caption: str = "a picture"
    keywords: dict[str, float] = field(default_factory=dict)
    path: bytes = b""
    kept: str = ""
    tags: tuple[str, ...] = ()
    taken: datetime | None = None
    perceptual_hash: int | None = None


@lru_cache(maxsize=4)
def reader_of(model: Path) -> NumpyTextEncoder:
    """The text encoder of a model file, which no test writes anew under the same name."""
    return NumpyTextEncoder(read_model_file(model))


def put(library: Library, model: Path, photographs: Sequence[Made]) -> list[int]:
    """Adds photographs to a library as a model's, and gives their numbers."""
    reader = reader_of(model)
    with library.transaction(write=True) as session:
        scan = session.scalar(select(func.max(schema.ScanRun.id))) or catalogue.start_scan(session)
        model_id = catalogue.model_row(session, reader.identity)
        first = max(catalogue.shown_images(session), default=0) + 1
        numbers = []
        for number, photograph in enumerate(photographs, first):
            facts = ImageFacts(100 + number, 50, "PNG", photograph.taken, None, photograph.perceptual_hash)
            (image,) = catalogue.add_images(session, [(number.to_bytes(32), 1, facts)]).values()
            path = photograph.path or b"/x/%d" % number
            catalogue.put_place(session, path, image_id=image, byte_size=1, mtime_ns=1, scan_id=scan)
            keywords = tuple(Keyword(word, chance) for word, chance in photograph.keywords.items())
            sentence = reader.encode_text([photograph.caption])[0]
            description = Description(Caption(photograph.caption, 0.5), keywords, photograph.vector, sentence)
            catalogue.describe_images(session, {image: description}, model_id=model_id)
            values = {"image_id": image, "author": "person", "state": "accepted", "created_at": START}
            if photograph.kept:
                kept = session.scalar(
                    insert(schema.Caption).values(text=photograph.kept, **values).returning(schema.Caption.id)
                )
                assert kept is not None
                catalogue.put_caption_vectors(session, [kept], reader.encode_text([photograph.kept]), model_id=model_id)
            for tag in photograph.tags:
                session.execute(insert(schema.Tag).values(image_id=image, name=tag, tagged_at=START))
            numbers.append(image)
        catalogue.advance_vector_generation(session)
    side = library.paths.text_encoder(reader.identity.id)
    if not side.exists():
        side.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(model, side)
        library.files.keep(side)
    return numbers


def put_film(library: Library, model: Path, path: bytes, shots: Sequence[tuple[Moment, Made]]) -> list[int]:
    """Adds a film of sixty seconds with its moments, of which vectors, captions and keywords are made up."""
    reader = reader_of(model)
    content = hashlib.blake2b(path, digest_size=32).digest()
    found = []
    for moment, made in shots:
        keywords = tuple(Keyword(word, chance) for word, chance in made.keywords.items())
        sentence = reader.encode_text([made.caption])[0]
        said = Description(Caption(made.caption, 0.5), keywords, made.vector, sentence)
        found.append(MomentDescription(moment, made.perceptual_hash or 0, said))
    with library.transaction(write=True) as session:
        scan = catalogue.start_scan(session)
        facts = ImageFacts(640, 480, "MP4", START)
        video = catalogue.add_video(session, content, byte_size=1, facts=facts, duration=60.0)
        catalogue.put_place(session, path, image_id=video, byte_size=1, mtime_ns=1, scan_id=scan)
        return catalogue.put_moments(session, video, found, model_id=catalogue.model_row(session, reader.identity))


def random_photographs(seed: int, count: int) -> list[Made]:
    """Photographs of which anything may be said, at random places of the joint space of the tiny model."""
    draw = np.random.default_rng(seed)
    words = ("dog", "cat", "beach", "red", "blue", "runs", "sits", "picture", "zebra")

    def text() -> str:
        return " ".join(draw.choice(words, int(draw.integers(1, 4))))

    photographs = []
    for number in range(count):
        vector = draw.normal(size=8).astype(np.float32)
        photographs.append(
            Made(
                vector / np.float32(np.linalg.norm(vector)),
                text(),
                {str(word): float(draw.random()) for word in ("dog", "cat", "beach") if draw.random() < 0.3},
                f"/{text()}/{number}.png".encode(),
                text() if draw.random() < 0.2 else "",
                (text(),) if draw.random() < 0.2 else (),
                START + timedelta(days=int(draw.integers(500))) if draw.random() < 0.7 else None,
            )
        )
    return photographs


NAMES = tuple(RelevanceFeatures(*(np.zeros(1, np.float32) for _ in range(7)), 1).columns())  # type: ignore[call-arg,arg-type]


SCALE = ("bias", "order", "length", "order_by_length", "kept", "kept_by_length", "best", "best_by_length")


def tiny_relevance(model: Path, **changes: object) -> Relevance:
    """Weights set by hand: all features speak for a photograph, and much similarity alone can."""
    single = {"likeness": 4.0, "kept": 0.0, "caption_likeness": 1.0, "proposed_words": 1.5, "kept_words": 4.0}
    values: dict[str, object] = {
        "hubness_weight": 0.5,
        "order": {name: {**single, "keyword_words": 3.0}.get(name, 0.0) for name in NAMES},
        "strength": dict.fromkeys((*NAMES, "bias", "length"), 0.0),
        "scale": {**dict.fromkeys(SCALE, 0.0), "bias": -3.0, "order": 1.0},
        "path_weight": 3.0,
        "least": 0.1,
        "share": 0.3,
        "card": {},
    }
    reader = reader_of(model)
    bank = reader.encode_text(["a dog", "the cat sits", "red", "two beach", "blue picture runs"]).astype(np.float16)
    return Relevance(model=reader.identity.id, bank=bank, **{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def calibrated(tiny_model: Path, tmp_path: Path) -> Path:
    """The tiny model with a relevance beside it."""
    copy = Path(shutil.copy(tiny_model, tmp_path / "calibrated.safetensors"))
    write_relevance(tiny_relevance(copy), copy)
    assert relevance_file(copy).is_file()
    return copy


@pytest.fixture
def fresh(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Callable[[], Library]]:
    """Makes empty libraries in the database that the test is about."""
    with ExitStack() as made:
        numbers = count()
        yield lambda: made.enter_context(opened_library(database, request, tmp_path / f"library{next(numbers)}"))
