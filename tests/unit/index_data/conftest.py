"""A describer that draws its answers from the pixels, and folders of drawn pictures."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import func, select, text

from captioning.describer import Describer, unheard
from captioning.outputs import Caption, Description, Keyword, ModelIdentity
from index_data import catalogue
from index_data.addresses import ServerAddress
from index_data.catalogue.library_records import ScanCounts
from index_data.catalogue.records import ImageFacts, Moment, MomentDescription
from index_data.catalogue.schema import Base
from index_data.library import Library
from index_data.maintenance.doctor import examine
from index_data.scan.events import Event, ScanFinished
from index_data.scan.pipeline import index_folders
from index_data.vectors.index import VectorIndex
from index_data.vectors.interface import Index
from tests.libraries import new_library, opened_library


class FakeDescriber:
    """Describes a picture by its mean colour; the same pixels always get the same answer."""

    side = 8
    path = Path("fake.safetensors")

    def __init__(self, name: str = "fake") -> None:
        self.identity = ModelIdentity(name, hashlib.sha256(name.encode()).hexdigest(), 4)
        self.described = 0
        self._counting = threading.Lock()

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        with self._counting:
            self.described += len(pixels)
        for _ in pixels:
            looked(1)
        return [self._one(picture) for picture in pixels]

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Where `describe` places the same pictures."""
        return np.array([self._one(picture).embedding for picture in pixels], np.float32).reshape(-1, 4)

    def alternatives(self, pixels: NDArray[np.uint8], *, sentences: int) -> list[list[Caption]]:
        first = [one.caption for one in map(self._one, pixels)]
        return [[one, *(Caption(f"{one.text} {n}", 0.1) for n in range(1, sentences))] for one in first]

    def encode_text(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """The same sentence has the same place."""
        return encode(self.identity, sentences)

    def save_text_encoder(self, path: Path) -> None:
        path.touch(mode=0o600)
        path.write_text(self.identity.id)

    def _one(self, picture: NDArray[np.uint8]) -> Description:
        red, green, blue = (round(float(value)) for value in picture.reshape(-1, 3).mean(0))
        vector = np.array([red + 1, green + 1, blue + 1, 7], np.float32)
        vector /= np.linalg.norm(vector)
        text = f"{self.identity.name} sees {red} {green} {blue}"
        return Description(Caption(text, 0.5), (Keyword("colour", 0.9),), vector, vector[::-1].copy())


def encode(model: ModelIdentity, sentences: Sequence[str]) -> NDArray[np.float32]:
    """Places sentences as every fake describer does."""
    numbers = [[len(one), one.count(" ") + 1, 1, 2] for one in sentences]
    vectors = np.array(numbers, np.float32).reshape(-1, 4)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def paint(path: Path, colour: tuple[int, int, int]) -> Path:
    """Draws a picture of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 10), colour).save(path)
    return path


def index(library: Library, folder: Path, describer: FakeDescriber, batch: int = 3) -> ScanCounts:
    """Runs a scan to its end."""
    *_, last = index_folders(library, [folder], describer, batch=batch)
    assert isinstance(last, ScanFinished)
    return last.counts


def events(library: Library, folder: Path, describer: FakeDescriber) -> list[Event]:
    """Everything that a scan tells."""
    return list(index_folders(library, [folder], describer, batch=3))


def film(
    library: Library,
    path: Path,
    colours: Sequence[tuple[int, int, int]],
    describer: Describer,
    *,
    times: Sequence[tuple[float, float, float]] = (),
) -> list[int]:
    """Stores a film as a scan would, of shots of one colour each, ten seconds long; gives the numbers of its moments.

    What lies at the path is no film: nothing here opens it.
    """
    content = hashlib.blake2b(bytes(path), digest_size=32).digest()
    shots = [
        Moment(*shot) for shot in times or [(10.0 * at, 10.0 * at + 10, 10.0 * at + 5) for at in range(len(colours))]
    ]
    side = describer.side
    pictures = np.tile(np.array(colours, np.uint8).reshape(-1, 1, 1, 3), (1, side, side, 1))
    described = zip(shots, describer.describe(pictures), strict=True)
    found = [MomentDescription(shot, hash(shot.time) & 0xFFFF, said) for shot, said in described]
    with library.writing(), library.transaction(write=True) as session:
        model = catalogue.model_row(session, describer.identity)
        facts = ImageFacts(1920, 1080, "MP4", datetime(2024, 5, 1, 12), "Phone")
        known = catalogue.images_of_content(session, [content]).get(content)
        video = known or catalogue.add_video(session, content, byte_size=9, facts=facts, duration=10.0 * len(colours))
        scan = catalogue.start_scan(session)
        catalogue.put_place(session, bytes(path), image_id=video, byte_size=9, mtime_ns=10**18, scan_id=scan)
        kept = catalogue.kept_moments(session, video, shots, model_id=model)
        grey = describer.describe(np.full((1, side, side, 3), 99, np.uint8))[0]
        return catalogue.put_moments(session, video, found, model_id=model, kept=dict.fromkeys(kept, grey))


TEXT_ENCODERS = "every model has its text encoder"
"""What the doctor cannot find here: the fake describer keeps no real one."""


def check_invariants(library: Library, folder: Path, model: ModelIdentity) -> None:
    """What must hold after every scan, whatever happened before it."""
    present = {os.fsencode(path) for path in folder.rglob("*") if path.suffix in (".png", ".mp4") and path.is_file()}
    shown = "SELECT DISTINCT image_id FROM sighting"
    with library.transaction() as session:
        places = list(session.execute(text("SELECT path FROM place")).scalars())
        problems = list(session.execute(text("SELECT path FROM problem")).scalars())
        assert sorted(places + problems) == sorted(present)
        images = set(session.execute(text(shown)).scalars())
        query = f"SELECT image_id FROM image_vector WHERE image_id IN ({shown})"
        assert sorted(session.execute(text(query)).scalars()) == sorted(images)
        # A person's sentence stands beside a model's that nobody has judged; of each author there is one.
        stands = "state IN ('proposed', 'accepted')"
        query = f"SELECT image_id, author FROM caption WHERE image_id IN ({shown}) AND {stands}"
        standing = [tuple(row) for row in session.execute(text(query))]
        assert len(set(standing)) == len(standing)
        query = f"SELECT DISTINCT image_id FROM caption WHERE image_id IN ({shown})"
        assert set(session.execute(text(query)).scalars()) == images
        query = f"SELECT id FROM caption WHERE image_id IN ({shown}) AND {stands}"
        captions = set(session.execute(text(query)).scalars())
    findings = [one for one in examine(library) if one.holds != TEXT_ENCODERS]
    assert [one for one in findings if not one.healthy] == []
    for kind, ids in (("images", images), ("captions", captions)):
        if ids:
            vectors = index_as_it_lies(library, kind, model)
            found = vectors.search(np.ones((1, model.dimension), np.float32), len(ids) + 1)[1]
            assert set(found[0].tolist()) == ids


def row_counts(library: Library) -> dict[str, int]:
    """How many rows each table of a catalogue has."""
    with library.transaction() as session:
        counted = {name: select(func.count()).select_from(table) for name, table in Base.metadata.tables.items()}
        return {name: session.scalar(statement) or 0 for name, statement in counted.items()}


def index_as_it_lies(library: Library, kind: str, model: ModelIdentity) -> Index:
    """An index that is true; that of a file was not made so on the way."""
    if isinstance(library.address, ServerAddress):
        return {"images": library.indexes.image, "captions": library.indexes.caption}[kind](model)
    loaded = VectorIndex.load(library.paths.index(kind, model.id), model=model.id, dimension=model.dimension)
    assert loaded is not None
    index, made_at = loaded
    assert made_at == library.read(catalogue.vector_generation)
    return index


def seven_pictures(folder: Path) -> Path:
    """Paints them in two folders."""
    for number in range(5):
        paint(folder / f"{number}.png", (number * 40, 10, 200))
    for number in range(2):
        paint(folder / "deep" / "er" / f"{number}.png", (number * 40, 200, 10))
    return folder


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Seven pictures in two folders."""
    return seven_pictures(tmp_path / "photos")


@pytest.fixture(scope="session")
def empty_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty library, to be copied."""
    folder = tmp_path_factory.mktemp("empty") / "library"
    new_library(folder).close()
    return folder


@pytest.fixture
def library(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Library]:
    """An empty library in the database that the test is about."""
    with opened_library(database, request, tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def describer() -> FakeDescriber:
    """The model in use."""
    return FakeDescriber()
