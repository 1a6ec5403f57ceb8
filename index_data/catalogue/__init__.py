"""The catalogue in its database: functions of a session that take and give frozen records, never rows.

Here, and nowhere else, stands SQL. Whoever wants something of a catalogue opens ``Library.transaction()``, and calls
these functions with the session that it gives; ``Library.read(function, ...)`` does so for a single one.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from index_data.catalogue.captions import (
    add_captions,
    captions_of,
    judged_captions,
    known_tags,
    placed_captions,
    reviewed_images,
    tags_of,
)
from index_data.catalogue.counters import advance_vector_generation, vector_generation
from index_data.catalogue.details import details, seen_images
from index_data.catalogue.embeddings import (
    VECTORS_OF,
    CaptionVectors,
    ImageVectors,
    answering_models,
    captions_without_vector,
    image_vector,
    model_row,
    put_caption_vectors,
    retire_models,
    unplaced_captions,
)
from index_data.catalogue.figures import count_captions, count_images, count_models, count_problems, frequent_keywords
from index_data.catalogue.filters import images_newest_first, matching_images
from index_data.catalogue.images import (
    add_images,
    captions,
    contents,
    describe_images,
    images,
    images_of_content,
    known_hashes,
)
from index_data.catalogue.journal import history, record_action, redo_action, undo_action
from index_data.catalogue.places import (
    all_places,
    image_of_file,
    images_at,
    images_by_date,
    images_by_path,
    known_places,
    known_problems,
    places_of,
    problems,
    put_place,
    put_problem,
    remove_places,
    remove_problems,
    shown_images,
)
from index_data.catalogue.scans import finish_scan, last_scan, start_scan
from index_data.catalogue.statements import chunks
from index_data.catalogue.words import (
    all_kept_captions,
    captions_by_bm25,
    images_of_captions,
    images_saying,
    kept_captions,
    words_of,
)

__all__ = [
    "VECTORS_OF",
    "CaptionVectors",
    "ImageVectors",
    "Session",
    "add_captions",
    "add_images",
    "advance_vector_generation",
    "all_kept_captions",
    "all_places",
    "answering_models",
    "captions",
    "captions_by_bm25",
    "captions_of",
    "captions_without_vector",
    "chunks",
    "contents",
    "count_captions",
    "count_images",
    "count_models",
    "count_problems",
    "describe_images",
    "details",
    "finish_scan",
    "frequent_keywords",
    "history",
    "image_of_file",
    "image_vector",
    "images",
    "images_at",
    "images_by_date",
    "images_by_path",
    "images_newest_first",
    "images_of_captions",
    "images_of_content",
    "images_saying",
    "judged_captions",
    "kept_captions",
    "known_hashes",
    "known_places",
    "known_problems",
    "known_tags",
    "last_scan",
    "matching_images",
    "model_row",
    "placed_captions",
    "places_of",
    "problems",
    "put_caption_vectors",
    "put_place",
    "put_problem",
    "record_action",
    "redo_action",
    "remove_places",
    "remove_problems",
    "retire_models",
    "reviewed_images",
    "seen_images",
    "shown_images",
    "start_scan",
    "tags_of",
    "undo_action",
    "unplaced_captions",
    "vector_generation",
    "words_of",
]
