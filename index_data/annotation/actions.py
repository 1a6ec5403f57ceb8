"""What people say of the photographs: each action is one transaction, can be undone, and outlives the program.

Models never change these words: indexing only adds proposals beside them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from captioning.outputs import Caption, ModelIdentity
from index_data import catalogue
from index_data.annotation.caption_changes import added_captions, shown_captions, turned, unused_sentences
from index_data.annotation.caption_vectors import Encode, ReadyVectors, embed_captions
from index_data.annotation.imported_words import ImportedWords, brought_in, not_refused, tidied
from index_data.annotation.normalize import tidy
from index_data.annotation.tag_changes import given_and_taken, judged
from index_data.catalogue.annotation_records import (
    ActionRecord,
    Changed,
    HistoryEntry,
    NewCaption,
    ProposedTag,
    StoredCaption,
)
from index_data.catalogue.conditions import MARK_VALUES, NO_MARK, Mark
from index_data.errors import MarkError, NothingToUndoError, UnknownPhotographError
from index_data.film_times import split_time
from index_data.library import Library
from index_data.relocation.reversal import KINDS, return_files
from index_data.text_encoders import TextEncoders

if TYPE_CHECKING:
    from index_data.catalogue import Session


class Annotations:
    """Accepts, edits, rejects and tags; an action that would change nothing is not made, and gives none.

    A dry run gives what the action would be, and stores nothing.
    """

    def __init__(self, library: Library, *, encode: Encode | None = None) -> None:
        """Takes an open library; sentences are read by the models that the library keeps, unless `encode` is given."""
        self._library = library
        self._encode = encode or TextEncoders(library).encode

    def accept(self, images: Sequence[int], *, dry_run: bool = False) -> ActionRecord | None:
        """Accepts the captions that are shown of images."""

        def plan(session: Session) -> list[Changed]:
            shown = shown_captions(session, images)
            return [
                turned(caption, "accepted") for caption in shown.values() if caption and caption.state == "proposed"
            ]

        return self._act("accept", plan, dry_run=dry_run)

    def edit(self, image: int, text: str) -> ActionRecord | None:
        """Gives an image a person's caption in place of the one that is shown; the same words accept that one.

        Raises:
            NoWordsError: The text holds nothing that can be seen.
        """
        words = tidy(text)

        def plan(session: Session) -> list[Changed]:
            former = shown_captions(session, [image])[image]
            if former is not None and former.text == words:
                return [turned(former, "accepted")] if former.state == "proposed" else []
            origin = former.caption_id if former else None
            added = added_captions(session, [NewCaption(image, words, "person", origin_id=origin)], "accepted")
            return [*([turned(former, "edited")] if former else []), *added]

        return self._act("edit", plan)

    def reject(
        self,
        images: Sequence[int],
        *,
        model: ModelIdentity | None = None,
        alternatives: Mapping[int, Sequence[Caption]] | None = None,
        dry_run: bool = False,
    ) -> ActionRecord | None:
        """Rejects the captions that are shown of images, and proposes others; the images wait for review again.

        Args:
            images: Their numbers.
            model: Which model wrote the alternatives.
            alternatives: Other sentences for some of the images, best first; the first that the image has never had
                is proposed.
            dry_run: Store nothing.
        """

        def plan(session: Session) -> list[Changed]:
            stored = catalogue.captions_of(session, images)
            rejected = [captions[0] for captions in stored.values() if captions[0].active]
            offered = [
                NewCaption(former.image_id, other.text, "model", catalogue.model_row(session, model), other.confidence)
                for former in rejected
                if model is not None and not any(caption.confirmed for caption in stored[former.image_id][1:])
                for other in unused_sentences((alternatives or {}).get(former.image_id, ()), stored[former.image_id])
            ]
            return [
                *(turned(caption, "rejected") for caption in rejected),
                *added_captions(session, offered, "proposed"),
            ]

        return self._act("reject", plan, dry_run=dry_run)

    def choose(self, image: int, caption: Caption, *, model: ModelIdentity) -> ActionRecord | None:
        """Rejects what is proposed or shown of an image, and accepts another sentence of the model's in its place.

        Args:
            image: Its number.
            caption: What a person chose among the model's other sentences.
            model: Which model wrote it.
        """

        def plan(session: Session) -> list[Changed]:
            stored = catalogue.captions_of(session, [image]).get(image, ())
            words = [offered for offered in stored if offered.text == caption.text and offered.author == "model"]
            same = words[0] if words else None
            passed = [offered for offered in stored[:1] if offered.active]
            passed += [offered for offered in stored[1:] if offered.state == "proposed"]
            changes = [turned(offered, "rejected") for offered in passed if offered is not same]
            if same is not None:
                return [*changes, *([] if same.state == "accepted" else [turned(same, "accepted")])]
            row = catalogue.model_row(session, model)
            chosen = NewCaption(image, caption.text, "model", row, caption.confidence)
            return [*changes, *added_captions(session, [chosen], "accepted")]

        return self._act("choose", plan)

    def tag(
        self, images: Sequence[int], *, add: Iterable[str] = (), remove: Iterable[str] = (), dry_run: bool = False
    ) -> ActionRecord | None:
        """Gives tags to images and takes others off.

        Raises:
            NoWordsError: A tag holds nothing that can be seen.
        """
        added, removed = [list(dict.fromkeys(map(tidy, tags))) for tags in (add, remove)]

        def plan(session: Session) -> list[Changed]:
            return given_and_taken(session, images, give=added, take=removed)

        return self._act("tag", plan, dry_run=dry_run)

    def judge_tags(
        self, proposals: Sequence[ProposedTag], *, accept: bool, dry_run: bool = False
    ) -> ActionRecord | None:
        """Accepts proposed tags, which are a person's from then on, or rejects them, so that they never come back."""

        def plan(session: Session) -> list[Changed]:
            return judged(session, proposals, accept=accept)

        return self._act("accept tags" if accept else "reject tags", plan, dry_run=dry_run)

    def mark(self, images: Sequence[int], marks: Mapping[Mark, str], *, dry_run: bool = False) -> ActionRecord | None:
        """Gives images marks, such as a rating of ``4``, or takes them off, by the value `NO_MARK`.

        Raises:
            MarkError: A mark cannot have its value.
        """
        for mark, value in marks.items():
            if value not in (NO_MARK, *MARK_VALUES[mark]):
                known = ", ".join((*MARK_VALUES[mark], NO_MARK))
                raise MarkError(f'"{value}" is no {mark}; choose {known}')

        def plan(session: Session) -> list[Changed]:
            present = catalogue.marks_of(session, images)
            return [
                Changed(image, None, None, former, value, mark)
                for image in dict.fromkeys(images)
                for mark, value in marks.items()
                if (former := present.get(image, {}).get(mark, NO_MARK)) != value
            ]

        return self._act("mark", plan, dry_run=dry_run)

    def bring_in(self, words: Mapping[int, ImportedWords], *, dry_run: bool = False) -> ActionRecord | None:
        """Adds captions, tags, marks and albums from elsewhere, by image; what an image already has is left as it is.

        Of an image's new captions the first is shown, unless a person typed one here. A sentence that a model proposes
        in the same words is accepted. What a person refused stays out: captions that were rejected or edited, tags that
        were taken off, marks of a kind that were set or taken off here, albums that it was taken out of. A name that no
        album can have here, or that a saved search has, is left out.

        Raises:
            NoWordsError: A caption or tag holds nothing that can be seen.
        """
        tidy_words = tidied(words)
        # Before others must wait for the transaction: there may be many.
        texts = list(dict.fromkeys(text for imported in tidy_words.values() for text in imported.captions))
        ready = {
            (model.id, text): vector
            for model in (self._library.read(catalogue.answering_models) if texts else ())
            for text, vector in zip(texts, self._encode(model, texts), strict=True)
        }

        def plan(session: Session) -> list[Changed]:
            return brought_in(session, tidy_words)

        return self._act("import", plan, ready=ready, dry_run=dry_run)

    def count_refused(self, words: Mapping[int, ImportedWords]) -> int:
        """How many captions and tags from elsewhere a person refused before, so that they stay out.

        Raises:
            NoWordsError: A caption or tag holds nothing that can be seen.
        """
        with self._library.transaction() as session:
            return not_refused(session, tidied(words))[1]

    def undo(self) -> ActionRecord:
        """Takes the latest action back, whichever process did it; of moved files, the journal knows no way to redo it.

        Raises:
            NothingToUndoError: Nothing is left to undo.
            FilesNotReturnedError: Some of the files that it moved could not be brought back; the others were.
        """
        latest = self._library.read(catalogue.latest_action)
        if latest is not None and latest.kind in KINDS:
            return return_files(self._library, latest)
        return self._move(catalogue.undo_action, "there is nothing to undo")

    def redo(self) -> ActionRecord:
        """Does again what was undone last.

        Raises:
            NothingToUndoError: Nothing was undone, or something else was done since.
        """
        return self._move(catalogue.redo_action, "there is nothing to redo")

    def history(self, image: int) -> list[HistoryEntry]:
        """Everything that happened to the captions and tags of an image, the oldest first."""
        with self._library.transaction() as session:
            return catalogue.history(session, image)

    def captions(self, images: Sequence[int]) -> dict[int, tuple[StoredCaption, ...]]:
        """Every caption of images, the one that is shown first and those that are no longer active last."""
        with self._library.transaction() as session:
            return catalogue.captions_of(session, images)

    def tags(self, images: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """The tags of images, in order."""
        with self._library.transaction() as session:
            return catalogue.tags_of(session, images)

    def known_tags(self) -> list[str]:
        """Every tag of the library, the most used first."""
        with self._library.transaction() as session:
            return catalogue.known_tags(session)

    def images_named(self, paths: Sequence[bytes]) -> list[int]:
        """The numbers of the images that absolute paths name, each once: of films all moments, or that of a time.

        Raises:
            UnknownPhotographError: At one of them the library knows no photograph and no film, or none of that time.
        """
        with self._library.transaction() as session:
            images = catalogue.images_named(session, paths)
            films = catalogue.images_named(session, [parts[0] for path in paths if (parts := split_time(path))])
        for path in paths:
            if path not in images:
                shown = path.decode("utf-8", "backslashreplace")
                film, at, time = shown.rpartition("@")
                if at and os.fsencode(film) in films:
                    raise UnknownPhotographError(f"{film} shows nothing at {time}")
                raise UnknownPhotographError(
                    f"the library knows no photograph or video at {shown}; add its folder with: imgsearch index FOLDER"
                )
        return list(dict.fromkeys(image for path in paths for image in images[path]))

    def _act(
        self,
        kind: str,
        plan: Callable[[Session], list[Changed]],
        *,
        ready: ReadyVectors | None = None,
        dry_run: bool = False,
    ) -> ActionRecord | None:
        with self._library.transaction(write=True) as session:
            changes = plan(session)
            if not changes:
                return None
            action = catalogue.record_action(session, kind, changes)
            if dry_run:
                session.rollback()
            else:
                self._embed(session, changes, ready or {})
        return action

    def _move(
        self, move: Callable[[Session], tuple[ActionRecord, list[Changed]] | None], otherwise: str
    ) -> ActionRecord:
        with self._library.transaction(write=True) as session:
            moved = move(session)
            if moved is None:
                raise NothingToUndoError(otherwise)
            action, changes = moved
            self._embed(session, changes, {})
        return action

    def _embed(self, session: Session, changes: Sequence[Changed], ready: ReadyVectors) -> None:
        """Embeds the captions that are active now."""
        touched = list(dict.fromkeys(change.image_id for change in changes if change.caption_id is not None))
        embedded = embed_captions(session, touched, self._encode, ready)
        if not embedded and any(change.moves_vectors for change in changes if change.caption_id is not None):
            catalogue.advance_vector_generation(session)
