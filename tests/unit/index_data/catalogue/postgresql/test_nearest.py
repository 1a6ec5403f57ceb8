from __future__ import annotations

import numpy as np
import psycopg

from benchmarks.postgresql import binary_rows
from captioning.outputs import ModelIdentity
from index_data.addresses import ServerAddress
from index_data.catalogue import Session
from index_data.catalogue.postgresql.nearest import NearestVectors
from index_data.catalogue.statements import run
from index_data.library import Library

MODEL = ModelIdentity("drawn", "0" * 64, 8)

ROWS = """
INSERT INTO model (id, key, digest, dimension) VALUES (1, '{key}', '{digest}', 8);
INSERT INTO scan (id, started_at, new, changed, unchanged, moved, duplicate, removed, set_aside)
    VALUES (1, localtimestamp, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO image (id, content_hash, byte_size, width, height, format, added_at)
    SELECT n, sha256(n::text::bytea), n, 1, 1, 'JPEG', localtimestamp FROM generate_series(1, {images}) AS n;
INSERT INTO place (image_id, path, byte_size, mtime_ns, scan_id)
    SELECT n, n::text::bytea, n, n, 1 FROM generate_series(1, {images} - 10) AS n;
INSERT INTO caption (id, image_id, text, author, model_id, state, created_at)
    SELECT n, n, 'a word', 'model', 1, 'proposed', localtimestamp FROM generate_series(1, {images}) AS n;
"""


def scans(session: Session, table: str) -> int:
    """How often a table was read whole so far, by this connection."""
    row = run(session, "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = ?", [table]).fetchone()
    return int(row[0])


def test_the_nearest_are_named_by_the_index_of_the_server_and_not_by_comparing_all(address: ServerAddress) -> None:
    vectors = np.random.default_rng(0).standard_normal((3_000, MODEL.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kinds = {"images": ("image_vector", "image_id"), "captions": ("caption_vector", "caption_id")}
    with psycopg.connect(address.url) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(ROWS.format(key=MODEL.id, digest=MODEL.digest, images=len(vectors)))
        for table, owner in kinds.values():
            statement = f"COPY {table} ({owner}, model_id, vector) FROM STDIN (FORMAT binary)"
            with cursor.copy(statement) as copy:
                copy.write(binary_rows(1, vectors))
        cursor.execute("ANALYZE")
    # The last ten have no place.
    order = np.argsort(-(vectors[:-10] @ vectors[-1]))[:10] + 1
    with Library.open(address) as library:
        library.indexes.save(MODEL)
        with library.transaction() as session:
            read_whole = scans(session, "image_vector")
            # To tell that there are no more, nothing is counted.
            index = library.indexes.image(MODEL, session)
            scores, ids = index.search(vectors[4:5], 10, allowed=[9, 5])
            assert ids.tolist() == [[5, 9]]
            assert np.allclose(scores, [[1, vectors[8] @ vectors[4]]])
            products = index.products_of(np.array([5, 9]), vectors[4])
            assert products is not None
            assert products.tolist() == scores[0].tolist()
            # Few are compared one by one, and of many the nearest are named that are allowed.
            for allowed in (np.arange(1, 2_900, 3), np.setdiff1d(np.arange(1, 2_900), order)):
                nearest_allowed = allowed[np.argsort(-(vectors[allowed - 1] @ vectors[-1]))[:10]]
                scores, ids = index.search(vectors[-1:], 10, allowed=allowed)
                assert ids.tolist() == [nearest_allowed.tolist()]
                assert np.allclose(scores, vectors[nearest_allowed - 1] @ vectors[-1])
            assert scans(session, "image_vector") == read_whole
            for kind, (table, _) in kinds.items():
                nearest = NearestVectors(kind, MODEL)
                assert nearest.count(session) == len(vectors) - 10
                before = scans(session, table)
                assert [key for key, _ in nearest.search(session, vectors[-1], 10, allowed=None)] == order.tolist()
                assert scans(session, table) == before
