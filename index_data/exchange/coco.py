"""COCO captions: one JSON file with a list of images and a list of annotations that point to them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from index_data.errors import ExchangeError
from index_data.exchange.files import decoded
from index_data.exchange.jsonl import record
from index_data.exchange.notes import FileRead, Noted, NotedCaption
from index_data.exchange.source import Source

_ODD = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def to_coco(notes: Sequence[Noted]) -> bytes:
    """The file's content, in ASCII; authors, states, tags and content hashes are fields that COCO's readers skip."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, note in enumerate(notes, start=1):
        entry = record(note)
        captions, path = entry.pop("captions"), entry.pop("path")
        images.append({"id": number, "file_name": path, **entry})
        for caption in captions:
            text = caption.pop("text")
            annotations.append({"id": len(annotations) + 1, "image_id": number, "caption": text, **caption})
    info = {"description": "Captions of a photo library, written by imgsearch", "version": "1.0"}
    whole = {"info": info, "licenses": [], "images": images, "annotations": annotations}
    return json.dumps(whole, indent=1).encode() + b"\n"


def from_coco(file: Path, content: bytes) -> FileRead:
    """Reads such a file, or a JSON list of photographs, as exiftool writes it.

    Raises:
        ExchangeError: It is of another form, or no entry was understood.
    """
    try:
        document = json.loads(decoded(file, content))
        if not isinstance(document, list):
            images, annotations = list(document["images"]), list(document["annotations"])
    except _ODD as error:
        raise ExchangeError(f"{file} is not a file of COCO captions: {error}") from error
    source = Source(file)
    if isinstance(document, list):
        _take_list(source, document)
    else:
        _take_coco(source, images, annotations)
    return source.read()


def _take_list(source: Source, entries: Sequence[object]) -> None:
    for number, entry in enumerate(entries, start=1):
        try:
            source.take(source.entry(entry))
        except _ODD as error:
            source.pass_over(f"entry {number}", f"it is not a photograph with captions ({error})")


def _take_coco(source: Source, images: Sequence[Mapping[str, Any]], annotations: Sequence[Mapping[str, Any]]) -> None:
    source.speak()
    captions: dict[object, list[NotedCaption]] = defaultdict(list)
    notes: dict[object, Noted] = {}
    for number, image in enumerate(images, start=1):
        try:
            note = source.entry({**image, "path": image["file_name"]})
            captions[image["id"]] += note.captions
            notes[image["id"]] = note
        except _ODD as error:
            source.pass_over(f"image {number}", f"it is not an image of COCO captions ({error})")
    for number, annotation in enumerate(annotations, start=1):
        try:
            if annotation["image_id"] not in notes:
                raise ValueError(f"it points to the image {annotation['image_id']!r}, which is not listed")
            caption = source.caption(annotation["caption"], annotation)
            captions[annotation["image_id"]] += [caption] if caption else []
        except _ODD as error:
            source.pass_over(f"annotation {number}", f"it is not the caption of an image ({error})")
    for key, note in notes.items():
        source.take(replace(note, captions=tuple(captions[key])))
