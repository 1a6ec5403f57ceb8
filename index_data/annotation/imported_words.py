"""Words from elsewhere, such as sidecars: what a person has not refused of them, and what they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index_data import catalogue
from index_data.albums import changed_places, tidy_name
from index_data.annotation.caption_changes import added_captions, turned
from index_data.annotation.normalize import tidy
from index_data.annotation.tag_changes import given
from index_data.catalogue.annotation_records import Changed, NewCaption
from index_data.catalogue.conditions import NO_MARK, Mark
from index_data.errors import AlbumError, NoWordsError

if TYPE_CHECKING:
    from index_data.catalogue import Session


@dataclass(frozen=True, slots=True)
class ImportedWords:
    """What is known of an image from elsewhere: captions that a person confirmed, tags, marks and albums."""

    captions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    marks: tuple[tuple[Mark, str], ...] = ()
    albums: tuple[str, ...] = ()


def tidied(words: Mapping[int, ImportedWords]) -> dict[int, ImportedWords]:
    """The same in the form that is stored, each caption and tag once.

    Raises:
        NoWordsError: A caption or tag holds nothing that can be seen.
    """
    return {
        image: replace(
            imported,
            captions=tuple(dict.fromkeys(map(tidy, imported.captions))),
            tags=tuple(dict.fromkeys(map(tidy, imported.tags))),
        )
        for image, imported in words.items()
    }


def not_refused(session: Session, words: Mapping[int, ImportedWords]) -> tuple[dict[int, ImportedWords], int]:
    """What a person has not refused of words from elsewhere, and how many captions and tags were refused."""
    stored = catalogue.captions_of(session, list(words))
    removed = catalogue.removed_tags(session, list(words))
    left: dict[int, ImportedWords] = {}
    refused = 0
    for image, imported in words.items():
        known = stored.get(image, ())
        former = {caption.text for caption in known if caption.state in ("rejected", "edited")}
        former -= {caption.text for caption in known if caption.active}
        captions = tuple(text for text in imported.captions if text not in former)
        tags = tuple(tag for tag in imported.tags if tag not in removed.get(image, ()))
        refused += len(imported.captions) - len(captions) + len(imported.tags) - len(tags)
        left[image] = replace(imported, captions=captions, tags=tags)
    return left, refused


def brought_in(session: Session, words: Mapping[int, ImportedWords]) -> list[Changed]:
    """The changes by which tidied words come in; `actions.Annotations.bring_in` says which do."""
    accepted_words, _ = not_refused(session, words)
    stored = catalogue.captions_of(session, list(accepted_words))
    states = catalogue.tag_states(session, accepted_words)
    accepted, added, tags = [], [], []
    for image, imported in accepted_words.items():
        active = {caption.text: caption for caption in stored.get(image, ()) if caption.active}
        # Of several the newest is shown.
        for text in reversed(imported.captions):
            if text not in active:
                added.append(NewCaption(image, text, "person", imported=True))
            elif active[text].state == "proposed":
                accepted.append(turned(active[text], "accepted"))
        tags += given(image, states.get(image, {}), imported.tags)
    others = [*_new_marks(session, accepted_words), *_new_in_albums(session, accepted_words)]
    return [*accepted, *added_captions(session, added, "accepted"), *tags, *others]


def _new_marks(session: Session, words: Mapping[int, ImportedWords]) -> list[Changed]:
    """The marks from elsewhere of kinds that images do not have, and never had by a person here."""
    present = catalogue.marks_of(session, list(words))
    judged = catalogue.judged_marks(session, list(words))
    return [
        Changed(image, None, None, NO_MARK, value, mark)
        for image, imported in words.items()
        for mark, value in imported.marks
        if mark not in present.get(image, {}) and mark.value not in judged.get(image, ())
    ]


def _new_in_albums(session: Session, words: Mapping[int, ImportedWords]) -> list[Changed]:
    """The places at the ends of albums of images that come into them from elsewhere, in their order."""
    refused = catalogue.removed_albums(session, list(words))
    names: dict[str, dict[int, None]] = defaultdict(dict)
    for image, imported in words.items():
        for name in imported.albums:
            with suppress(AlbumError, NoWordsError):
                names[tidy_name(name)][image] = None
    changes = []
    for name, images in names.items():
        album = catalogue.album_named(session, name)
        welcome = [image for image in images if (album.name if album else name) not in refused.get(image, ())]
        changes += changed_places(session, album, name, welcome) if album is None or album.query is None else []
    return changes
