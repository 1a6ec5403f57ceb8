"""The view of all paths at which something that can be found was last seen, as the migrations make it."""

from __future__ import annotations

VIEW = {
    "sighting": (
        "CREATE VIEW sighting AS SELECT id, image_id, path, byte_size, mtime_ns FROM place"
        " WHERE image_id NOT IN (SELECT image_id FROM video)"
        " UNION ALL SELECT place.id, moment.image_id, place.path, place.byte_size, place.mtime_ns"
        " FROM moment JOIN place ON place.image_id = moment.video_id"
    )
}
"""A photograph lies at its own places, and a moment at those of its film, which itself is nothing that is found.

SQLite reads it as it reads `place` wherever it can ask both halves apart: of certain images, or whether there is one. A
`DISTINCT`, a `GROUP BY` or a function such as `min` over it reads all of it: for those of one image, `fragments.WHOLE`
says whose rows of `place` they are.
"""
