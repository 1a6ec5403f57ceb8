"""COCO captions: one JSON file with a list of images and a list of annotations that point to them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index_data.errors import ExchangeError
from index_data.exchange.files import decoded
from index_data.exchange.jsonl import from_record, record
from index_data.exchange.notes import Noted, NotedCaption, noted_caption


def to_coco(notes: Sequence[Noted]) -> bytes:
    """The file's content, in ASCII; authors, states, tags and content hashes are fields that COCO's readers skip."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, one in enumerate(notes, start=1):
        entry = record(one)
        captions, path = entry.pop("captions"), entry.pop("path")
        images.append({"id": number, "file_name": path, **entry})
        for caption in captions:
            text = caption.pop("text")
            annotations.append({"id": len(annotations) + 1, "image_id": number, "caption": text, **caption})
    info = {"description": "Captions of a photo library, written by imgsearch", "version": "1.0"}
    whole = {"info": info, "licenses": [], "images": images, "annotations": annotations}
    return json.dumps(whole, indent=1).encode() + b"\n"


def from_coco(file: Path, content: bytes) -> list[Noted]:
    """Reads such a file.

    Raises:
        ExchangeError: It is of another form, or an annotation points to no image.
    """
    try:
        whole = json.loads(decoded(file, content))
        captions: dict[object, list[NotedCaption]] = defaultdict(list)
        for entry in whole["annotations"]:
            captions[entry["image_id"]].append(noted_caption(entry["caption"], entry))
        notes = [(entry["id"], from_record({**entry, "path": entry["file_name"]})) for entry in whole["images"]]
        lost = captions.keys() - {key for key, _ in notes}
        if lost:
            raise ValueError(f"captions point to the image {next(iter(lost))!r}, which is not listed")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ExchangeError(f"{file} is not a file of COCO captions: {error}") from error
    return [Noted(one.path, tuple(captions[key]), one.tags, content_hash=one.content_hash) for key, one in notes]
