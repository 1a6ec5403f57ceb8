"""Takes the rows of one catalogue into another, in one transaction over both files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index_data.catalogue.annotation_records import ABSENT, NO_ALBUM, NOT_IN_ALBUM, REJECTED
from index_data.catalogue.counters import VECTORS
from index_data.catalogue.merged import Merged
from index_data.catalogue.search_words import folded
from index_data.catalogue.sqlite.connection import explained

# Rows are numbered by each library for itself; the temporary tables tell which row of the other is which of ours.
# What people said comes always; what a model said, only of images that no model has described here, and of films that
# are divided into moments here, only of moments of which people said anything. Of tags that are proposed there, those
# come that a person rejected; the others are proposed here once they are learnt here.
_STATEMENTS = f"""
CREATE TEMP TABLE left_out AS SELECT moment.image_id AS id
    FROM other.moment JOIN other.image ON image.id = video_id
    WHERE content_hash IN (SELECT content_hash FROM main.image JOIN main.moment ON video_id = image.id)
    AND image_id NOT IN (
        SELECT image_id FROM other.caption WHERE author = 'person' OR state <> 'proposed'
        UNION SELECT image_id FROM other.tag UNION SELECT image_id FROM other.mark
        UNION SELECT image_id FROM other.album_image
        UNION SELECT image_id FROM other.proposed_tag WHERE state = 'rejected'
    );
CREATE TEMP TABLE described AS SELECT DISTINCT image_id AS id FROM main.image_vector;

INSERT INTO model (key, digest, dimension)
    SELECT key, digest, dimension FROM other.model WHERE key NOT IN (SELECT key FROM main.model) ORDER BY id;
CREATE TEMP TABLE same_model AS
    SELECT theirs.id AS their, ours.id AS our FROM other.model AS theirs JOIN main.model AS ours USING (key);

INSERT INTO image (content_hash, byte_size, width, height, format, taken_at, camera, added_at, perceptual_hash)
    SELECT content_hash, byte_size, width, height, format, taken_at, camera, added_at, perceptual_hash
    FROM other.image
    WHERE content_hash NOT IN (SELECT content_hash FROM main.image) AND id NOT IN (SELECT id FROM left_out)
    ORDER BY id;
CREATE TEMP TABLE same_image (their INTEGER PRIMARY KEY, our INTEGER NOT NULL);
INSERT INTO same_image
    SELECT theirs.id, ours.id FROM other.image AS theirs JOIN main.image AS ours USING (content_hash);

INSERT INTO video (image_id, duration)
    SELECT our, duration FROM other.video JOIN same_image ON their = image_id
    WHERE our NOT IN (SELECT image_id FROM main.video);
INSERT INTO moment (image_id, video_id, start_time, end_time, frame_time)
    SELECT same_image.our, film.our, start_time, end_time, frame_time
    FROM other.moment JOIN same_image ON same_image.their = image_id
    JOIN same_image AS film ON film.their = video_id
    WHERE same_image.our NOT IN (SELECT image_id FROM main.moment);

INSERT INTO scan (started_at, finished_at, new, changed, unchanged, moved, duplicate, removed, set_aside)
    VALUES (datetime('now'), datetime('now'), 0, 0, 0, 0, 0, 0, 0);
INSERT INTO place (image_id, path, byte_size, mtime_ns, scan_id)
    SELECT our, path, byte_size, mtime_ns, (SELECT max(id) FROM main.scan)
    FROM other.place JOIN same_image ON their = image_id
    WHERE path NOT IN (SELECT path FROM main.place) ORDER BY id;

CREATE TEMP TABLE same_caption (their INTEGER PRIMARY KEY, our INTEGER);
INSERT INTO same_caption
    SELECT theirs.id, min(ours.id)
    FROM other.caption AS theirs
    JOIN same_image ON same_image.their = theirs.image_id
    LEFT JOIN same_model ON same_model.their = theirs.model_id
    LEFT JOIN main.caption AS ours
        ON ours.image_id = same_image.our AND ours.text = theirs.text AND ours.author = theirs.author
        AND ours.model_id IS same_model.our
    WHERE ours.id IS NOT NULL OR NOT (
        theirs.author = 'model' AND theirs.state = 'proposed' AND same_image.our IN (SELECT id FROM described)
    )
    GROUP BY theirs.id;
UPDATE main.caption
    SET state = theirs.state
    FROM other.caption AS theirs JOIN same_caption ON same_caption.their = theirs.id
    WHERE main.caption.id = same_caption.our AND main.caption.state = 'proposed';
UPDATE same_caption
    SET our = (SELECT coalesce(max(id), 0) FROM main.caption) + fresh.number
    FROM (SELECT their, row_number() OVER (ORDER BY their) AS number FROM same_caption WHERE our IS NULL) AS fresh
    WHERE fresh.their = same_caption.their;
INSERT INTO caption (id, image_id, text, author, model_id, state, confidence, created_at, origin_id, imported)
    SELECT same_caption.our, same_image.our, text, author, same_model.our, state, confidence, created_at, origin.our,
        imported
    FROM other.caption AS theirs
    JOIN same_caption ON same_caption.their = theirs.id
    JOIN same_image ON same_image.their = theirs.image_id
    LEFT JOIN same_model ON same_model.their = theirs.model_id
    LEFT JOIN same_caption AS origin ON origin.their = theirs.origin_id
    WHERE same_caption.our NOT IN (SELECT id FROM main.caption) ORDER BY same_caption.our;

INSERT OR IGNORE INTO tag (image_id, name, tagged_at)
    SELECT our, name, tagged_at FROM other.tag JOIN same_image ON their = image_id
    WHERE coalesce((
        SELECT became FROM main.change JOIN main.action ON action.id = action_id
        WHERE change.image_id = our AND tag = name AND state = 'done' ORDER BY change.id DESC LIMIT 1
    ), '') NOT IN ('{ABSENT}', '{REJECTED}')
    AND NOT EXISTS (SELECT 1 FROM main.proposed_tag WHERE image_id = our AND name = tag.name AND state = 'rejected');
INSERT INTO proposed_tag (image_id, name, probability, state)
    SELECT our, name, probability, 'rejected' FROM other.proposed_tag AS theirs JOIN same_image ON their = image_id
    WHERE state = 'rejected'
    AND NOT EXISTS (SELECT 1 FROM main.tag WHERE tag.image_id = our AND tag.name = theirs.name)
    ON CONFLICT (image_id, name) DO UPDATE SET state = 'rejected' WHERE state = 'proposed';
UPDATE main.proposed_tag SET state = 'accepted'
    WHERE EXISTS (SELECT 1 FROM main.tag WHERE tag.image_id = proposed_tag.image_id AND tag.name = proposed_tag.name);
INSERT OR IGNORE INTO mark (image_id, name, value)
    SELECT our, name, value FROM other.mark JOIN same_image ON their = image_id
    WHERE NOT EXISTS (
        SELECT 1 FROM main.change JOIN main.action ON action.id = action_id
        WHERE change.image_id = our AND mark = name AND state = 'done'
    );
CREATE TEMP TABLE same_album AS
    SELECT theirs.id AS their, theirs.query, coalesce(
        -- What has this name here and is another thing keeps it, and theirs gets a name that tells them apart.
        (
            SELECT iif(ours.query IS theirs.query, ours.name, theirs.name || ' (2)')
            FROM main.album AS ours WHERE folded(ours.name) = folded(theirs.name)
        ),
        theirs.name
    ) AS name
    FROM other.album AS theirs;
INSERT OR IGNORE INTO album (name, query) SELECT name, query FROM same_album ORDER BY their;
INSERT OR IGNORE INTO album_image (album_id, image_id, position)
    SELECT ours.id, same_image.our, theirs.position + (
        SELECT coalesce(max(position) + 1, 0) FROM main.album_image WHERE album_id = ours.id
    )
    FROM other.album_image AS theirs
    JOIN same_album ON same_album.their = theirs.album_id
    JOIN main.album AS ours ON ours.name = same_album.name AND ours.query IS NULL
    JOIN same_image ON same_image.their = theirs.image_id
    WHERE coalesce((
        SELECT became FROM main.change JOIN main.action ON action.id = action_id
        WHERE change.image_id = same_image.our AND change.album = ours.name AND state = 'done'
        ORDER BY change.id DESC LIMIT 1
    ), '') NOT IN ('{NOT_IN_ALBUM}', '{NO_ALBUM}');
INSERT INTO keyword (image_id, model_id, word, probability)
    SELECT same_image.our, same_model.our, word, probability FROM other.keyword
    JOIN same_image ON same_image.their = image_id JOIN same_model ON same_model.their = model_id
    WHERE same_image.our NOT IN (SELECT id FROM described);
INSERT INTO image_vector (image_id, model_id, vector)
    SELECT same_image.our, same_model.our, vector FROM other.image_vector
    JOIN same_image ON same_image.their = image_id JOIN same_model ON same_model.their = model_id
    WHERE same_image.our NOT IN (SELECT id FROM described);
INSERT OR IGNORE INTO caption_vector (caption_id, model_id, vector)
    SELECT same_caption.our, same_model.our, vector FROM other.caption_vector
    JOIN same_caption ON same_caption.their = caption_id JOIN same_model ON same_model.their = model_id;
INSERT INTO counter (name, value) VALUES ('{VECTORS}', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
"""

_COUNTED = (
    "image WHERE id NOT IN (SELECT image_id FROM main.video UNION SELECT image_id FROM main.moment)",
    *("video", "moment", "place", "caption", "tag", "mark", "album"),
)


def take_in(ours: Path, theirs: Path) -> Merged:
    """Takes what the catalogue `theirs` holds into `ours`, or nothing of it.

    Raises:
        LibraryDamagedError: One of the catalogues is damaged.
        LibraryLockedError: Another program holds ours.
        LibraryNotWritableError: The disk is full, or ours may not be changed.
    """
    with explained(ours), closing(sqlite3.connect(ours, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.create_function("folded", 1, folded, deterministic=True)
        connection.execute("ATTACH ? AS other", (str(theirs),))

        def counts() -> list[int]:
            return [connection.execute(f"SELECT count(*) FROM main.{name}").fetchone()[0] for name in _COUNTED]

        connection.execute("BEGIN IMMEDIATE")
        try:
            before = counts()
            for statement in _STATEMENTS.split(";"):
                connection.execute(statement)
            merged = Merged(*(now - then for now, then in zip(counts(), before, strict=True)))
            connection.execute("COMMIT")
        except BaseException:
            # SQLite itself rolls back where the disk is full, and to do it again would hide that.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return merged
