"""Reads and writes of the catalogue: functions of a session that hand out frozen records, never rows."""

from __future__ import annotations

from index_data.catalogue.captions import (
    add_captions,
    captions_of,
    judged_captions,
    placed_captions,
    reviewed_images,
    tags_of,
)
from index_data.catalogue.embeddings import (
    VECTORS_OF,
    CaptionVectors,
    ImageVectors,
    answering_models,
    captions_without_vector,
    model_row,
    put_caption_vectors,
    retire_models,
    unplaced_captions,
)
from index_data.catalogue.figures import count_captions, count_images, count_models, count_problems, frequent_keywords
from index_data.catalogue.images import add_images, captions, describe_images, images, known_hashes
from index_data.catalogue.journal import history, record_action, redo_action, undo_action
from index_data.catalogue.places import (
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
from index_data.catalogue.scans import bump, counter, finish_scan, last_scan, start_scan
from index_data.catalogue.statements import chunks

__all__ = [
    "VECTORS_OF",
    "CaptionVectors",
    "ImageVectors",
    "add_captions",
    "add_images",
    "answering_models",
    "bump",
    "captions",
    "captions_of",
    "captions_without_vector",
    "chunks",
    "count_captions",
    "count_images",
    "count_models",
    "count_problems",
    "counter",
    "describe_images",
    "finish_scan",
    "frequent_keywords",
    "history",
    "images",
    "images_at",
    "images_by_date",
    "images_by_path",
    "judged_captions",
    "known_hashes",
    "known_places",
    "known_problems",
    "last_scan",
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
    "shown_images",
    "start_scan",
    "tags_of",
    "undo_action",
    "unplaced_captions",
]
