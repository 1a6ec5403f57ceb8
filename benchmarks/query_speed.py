"""Times queries in libraries of growing size: whole processes beside `import torch`, and an engine that stays open.

    python -m benchmarks.query_speed [--images 10000 100000 1000000] [--json FILE]

The libraries hold clustered unit vectors and captions of the shipped model's words, as a scan would have left them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import process_seconds
from captioning.model_file import read_model_file
from captioning.text.keywords import STOPWORDS
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data.library import Library
from search.engine.engine import Engine
from search.engine.options import SearchOptions
from search.engine.query_language import parse

CLUSTERS = 2_000
CHUNK = 50_000

QUERIES = (
    *("a dog on a beach", "dog", "two children playing in the snow", "a man riding a bicycle", "red car"),
    *("a woman in a white dress", "people at a table", "a boat on the water", "a bird", "mountains at sunset"),
)
FILTERS = ("path:/7/", "after:2019-06 before:2019-09", "width:>5000", "tag:holiday", "-beach")

ADDED = 10_000
"""Photographs that come to a library that is open."""

SCAN_ROW = """
INSERT INTO scan (id, started_at, finished_at, new, changed, unchanged, moved, duplicate, removed, set_aside)
    VALUES (1, datetime('now'), datetime('now'), 0, 0, 0, 0, 0, 0, 0);
"""
IMAGE_ROWS = """
INSERT INTO image (content_hash, byte_size, width, height, format, added_at, taken_at, perceptual_hash)
    WITH RECURSIVE count(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM count WHERE n < {last})
    SELECT randomblob(32), n, 4000 + n % 3 * 1000, 3000, 'JPEG', datetime('now'),
        datetime('2018-01-01', '+' || (n % 3000) || ' days'), random() FROM count;
INSERT INTO place (image_id, path, byte_size, mtime_ns, scan_id)
    SELECT id, CAST('/home/somebody/Pictures/' || (id / 500) || '/IMG_' || id || '.jpg' AS BLOB), id, id, 1
    FROM image WHERE id >= {first};
INSERT INTO tag (image_id, name, tagged_at)
    SELECT id, 'holiday', datetime('now') FROM image WHERE id >= {first} AND id % 50 = 0;
"""


def fill(folder: Path, images: int) -> None:
    """Makes a library of this many photographs that the shipped model described."""
    model = read_model_file()
    Library.open(folder, create=True).close()
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as connection:
        # Row by row triggers take most of the time of a million; what they would have written is written at the end.
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;")
        connection.executescript("".join(f"DROP TRIGGER {name};" for name, _ in triggers))
        connection.executescript(f"BEGIN; {SCAN_ROW} {IMAGE_ROWS.format(first=1, last=images)} COMMIT;")
        identity = model.identity
        connection.execute(
            "INSERT INTO model (id, key, digest, dimension) VALUES (1, ?, ?, ?)",
            (identity.id, identity.digest, identity.dimension),
        )
        _describe(connection, 1, images)
        for table in ("caption_words", "tag_words", "place_words"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
        connection.commit()
        connection.executescript("".join(f"{statement};" for _, statement in triggers))
        connection.execute("PRAGMA journal_mode = WAL")


def add(folder: Path, images: int) -> None:
    """Adds photographs to a library of so many, as a scan stores them: what must be noted of them is noted."""
    last = images + ADDED
    with closing(sqlite3.connect(folder / "catalogue.sqlite", isolation_level=None)) as connection:
        connection.executescript(f"BEGIN; {IMAGE_ROWS.format(first=images + 1, last=last)}")
        _describe(connection, images + 1, ADDED)
        connection.execute(
            "INSERT INTO counter (name, value) VALUES ('vectors', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
        )
        connection.execute("COMMIT")


def _describe(connection: sqlite3.Connection, first: int, images: int) -> None:
    """Stores what the shipped model would say of photographs, from a number on."""
    model = read_model_file()
    sentences = iter(draw_sentences(model.vocabulary.words))
    for start, vectors in draw_vectors(images, model.identity.dimension):
        ids = range(first + start, first + start + len(vectors))
        connection.executemany(
            "INSERT INTO image_vector (image_id, model_id, vector) VALUES (?, 1, ?)",
            ((key, vector.tobytes()) for key, vector in zip(ids, vectors, strict=True)),
        )
        connection.executemany(
            "INSERT INTO caption (image_id, text, author, model_id, state, confidence, created_at) "
            "VALUES (?, ?, 'model', 1, 'proposed', 0.5, datetime('now'))",
            ((key, next(sentences)) for key in ids),
        )


def draw_vectors(images: int, dimension: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Unit vectors (chunk, D), float32, around the places of sentences, each chunk behind the place of its first."""
    generator, centres = np.random.default_rng(0), _centres()
    for start in range(0, images, CHUNK):
        count = min(CHUNK, images - start)
        vectors = centres[generator.integers(0, CLUSTERS, count)]
        vectors = vectors + generator.standard_normal((count, dimension), np.float32) * (1.2 / np.sqrt(dimension))
        yield start, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")


@cache
def _centres() -> NDArray[np.float32]:
    words = draw_sentences(read_model_file().vocabulary.words)
    return NumpyTextEncoder.load().encode_text([next(words) for _ in range(CLUSTERS)])


def draw_sentences(words: tuple[str, ...], *, seed: int = 0) -> Iterator[str]:
    """Sentences of words by Zipf's law, as captions have them."""
    telling = [word for word in words[:3000] if word not in STOPWORDS]
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(telling))))
    draw = random.Random(seed)
    while True:
        first, second, third = draw.choices(telling, cum_weights=weights, k=3)
        yield f"a {first} {second} is in the {third}"


def warm(engine: Engine, suffix: str = "", rounds: int = 3) -> tuple[float, float]:
    """Median and 99th percentile of a first page's time, in milliseconds."""
    times = []
    for _ in range(rounds):
        for text in QUERIES:
            start = time.perf_counter()
            engine.search(parse(f"{text} {suffix}"), SearchOptions(count=10))
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), float(np.percentile(times, 99))


def measure(images: int) -> dict[str, float]:
    """Fills a library and asks it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "library"
        fill(folder, images)
        figures = {"images": float(images)}
        with Library.open(folder) as library:
            start = time.perf_counter()
            engine = Engine(library)
            engine.search(parse(QUERIES[0]), SearchOptions(count=10))
            figures["first query, builds the index, s"] = time.perf_counter() - start
            figures["warm p50, ms"], figures["warm p99, ms"] = warm(engine)
            for condition in FILTERS:
                figures[f"warm p50 with {condition}, ms"] = warm(engine, condition, rounds=1)[0]
            add(folder, images)
            start = time.perf_counter()
            library.indexes.image(engine.model)
            figures[f"index after {ADDED:,} more, s"] = time.perf_counter() - start
            start = time.perf_counter()
            engine.search(parse(QUERIES[0]), SearchOptions(count=10))
            figures["query after that, s"] = time.perf_counter() - start
            # As a scan ends.
            library.save_caches(engine.model)
        environment = {**os.environ, "IMGSEARCH_LIBRARY": str(folder)}
        figures["import torch, s"] = process_seconds(
            [sys.executable, "-c", "import torch"], repeats=7, environment=environment
        )
        figures["cold query, s"] = process_seconds(
            [sys.executable, "-m", "search.cli", "query", *QUERIES[:1]], repeats=7, environment=environment
        )
        figures["cold query / import torch"] = figures["cold query, s"] / figures["import torch, s"]
    return figures


def main() -> None:
    """Prints a column for each size, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    columns = []
    for images in options.images:
        columns.append(measure(images))
        for name, value in columns[-1].items():
            print(f"{name:48} {value:12.3f}", flush=True)
        print()
    if options.json:
        options.json.write_text(json.dumps(columns, indent=2) + "\n")


if __name__ == "__main__":
    main()
