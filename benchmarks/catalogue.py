"""Times opening a large catalogue and asking its status, beside the imports alone, in whole processes of one run.

python -m benchmarks.catalogue [--images N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.harness import process_seconds
from index_data.library import Library

IMPORTS = "import search.cli.status, index_data.library, rich.table, rich.console"
STATUS = "import sys; from search.cli import main; sys.argv = ['imgsearch', 'status', '--library', {!r}]; main()"

# The numbers of the rows count up; whatever else is in them differs from row to row as it does in life.
FILL = """
INSERT INTO model (id, key, digest, dimension) VALUES (1, 'filled@0123456789ab', '0123456789ab', 512);
INSERT INTO scan (id, started_at, finished_at, new, changed, unchanged, moved, duplicate, removed, set_aside)
    VALUES (1, datetime('now'), datetime('now'), 0, 0, 0, 0, 0, 0, 0);
INSERT INTO image (content_hash, byte_size, width, height, format, added_at)
    WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < {images})
    SELECT randomblob(32), n, 4000, 3000, 'JPEG', datetime('now') FROM count;
INSERT INTO place (image_id, path, byte_size, mtime_ns, scan_id)
    SELECT id, CAST('/home/somebody/Pictures/' || (id / 500) || '/IMG_' || id || '.jpg' AS BLOB), id, id, 1 FROM image;
INSERT INTO caption (image_id, text, author, model_id, state, confidence, created_at)
    SELECT id, 'a dog number ' || id || ' is running through the grass', 'model', 1, 'proposed', 0.5, datetime('now')
    FROM image;
INSERT INTO image_vector (image_id, model_id, vector) SELECT id, 1, randomblob(2048) FROM image;
INSERT INTO caption_vector (caption_id, model_id, vector) SELECT id, 1, randomblob(2048) FROM caption;
"""


def fill(folder: Path, images: int) -> None:
    """Makes a library of this many images, as a scan would have left it."""
    Library.open(folder, create=True).close()
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as connection:
        connection.executescript(f"BEGIN; {FILL.format(images=images)} COMMIT;")


def main() -> None:
    """Prints a table, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "library"
        fill(folder, options.images)
        figures = {
            "images": float(options.images),
            "catalogue_mb": (folder / "catalogue.sqlite").stat().st_size / 1e6,
            "imports_s": process_seconds([sys.executable, "-c", IMPORTS], repeats=5),
            "status_process_s": process_seconds([sys.executable, "-c", STATUS.format(str(folder))], repeats=5),
        }
    figures["status_over_imports_s"] = figures["status_process_s"] - figures["imports_s"]
    for key, value in figures.items():
        print(f"{key:24} {value:12.3f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
