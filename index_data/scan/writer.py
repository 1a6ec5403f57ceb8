"""Writes what a scan reads, a batch in one transaction, and counts it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from captioning.describer import Describer
from captioning.outputs import Description
from index_data import catalogue
from index_data.catalogue.content_index import KnownContents
from index_data.catalogue.library_records import ScanCounts
from index_data.catalogue.records import Moment, SeenPlace
from index_data.library import Library
from index_data.scan.decode import ReadableFile, ReadableFilm, UnreadableFile
from index_data.scan.events import Arrival, Described
from index_data.scan.plan import ScanPlan
from index_data.scan.walk import FoundFile

if TYPE_CHECKING:
    from index_data.catalogue import Session


class ScanWriter:
    """The writing half of one scan."""

    def __init__(self, library: Library, plan: ScanPlan, describer: Describer) -> None:
        self._library, self._plan, self._describer = library, plan, describer
        self._counts: Counter[str] = Counter(
            unchanged=plan.unchanged, set_aside=len(plan.still_aside) + len(plan.skipped)
        )
        self._described: Counter[str] = Counter()
        self._asked: set[bytes] = set()
        self._places: dict[bytes, SeenPlace] = {}
        """Of the transaction that is open, those that were not stored yet: many at once cost little more than one."""
        with library.transaction(write=True) as session:
            # Before anything else, so that they are known even if this scan is never finished.
            catalogue.remove_folders(session, plan.scope.absorbed)
            for folder in plan.scope.chosen:
                catalogue.put_folder(session, folder)
            self._scan_id = catalogue.start_scan(session)
            self._model_id = catalogue.model_row(session, describer.identity)
            # Who has nothing to read needs no hashes, and a second run should be quick.
            asked = plan.pending or plan.films
            self._known = catalogue.known_contents(session, describer.identity.id) if asked else KnownContents()
            for skipped in plan.skipped:
                catalogue.put_problem(session, skipped.path, stamp=None, reason=skipped.reason)

    @property
    def described(self) -> Described:
        """What was described and stored."""
        return Described(**self._described)

    def is_described(self, content_hash: bytes) -> bool:
        """Whether the model in use has described the image or film of this content; asked from several threads."""
        number, described = self._known.get(content_hash) or (0, False)
        # Nothing was said of the film of a Live Photo, which may lie alone by now.
        return described and number not in self._plan.companions

    def contents(self) -> list[tuple[bytes, int]]:
        """The content hash of every image and film that the library knew when this scan began, and its bytes."""
        return self._library.read(catalogue.content_sizes) if self._known else []

    def undescribed(self, results: Sequence[ReadableFile | UnreadableFile]) -> dict[bytes, ReadableFile]:
        """The pictures of a batch that the model must describe, by their content hashes; each once in a scan."""
        pictures = (picture for picture in results if isinstance(picture, ReadableFile) and picture.facts is not None)
        unknown = {
            picture.content_hash: picture
            for picture in pictures
            if picture.content_hash not in self._asked and not self.is_described(picture.content_hash)
        }
        self._asked.update(unknown)
        return unknown

    def describe(
        self, pictures: Mapping[bytes, ReadableFile], looked: Callable[[int], None]
    ) -> dict[bytes, Description]:
        """Has pictures described, and stores nothing; may be called from several threads, and tells from others.

        Args:
            pictures: As `undescribed` gives them.
            looked: Told how many more of them were looked at.
        """
        if not pictures:
            return {}
        pixels = np.stack([picture.pixels for picture in pictures.values() if picture.pixels is not None])
        return dict(zip(pictures, self._describer.describe(pixels, looked=looked), strict=True))

    def write(
        self,
        results: Sequence[ReadableFile | UnreadableFile],
        unknown: Mapping[bytes, ReadableFile],
        descriptions: Mapping[bytes, Description],
    ) -> tuple[Arrival, ...]:
        """Stores a batch, those of its pictures that were not described, and what the model says of them.

        The batches must come in the order in which `undescribed` saw them.

        Returns:
            The photographs that the library did not know at their paths.
        """
        pictures = [result for result in results if isinstance(result, ReadableFile)]
        kinds: dict[bytes, str] = {}
        with self._library.transaction(write=True) as session:
            fresh = self._describe(session, unknown, descriptions)
            for result in results:
                if isinstance(result, UnreadableFile):
                    self._set_aside(session, result)
                else:
                    kinds[result.file.path] = self._place(session, result, fresh)
            self._store_places(session)
            catalogue.remove_problems(session, [picture.file.path for picture in pictures])
            catalogue.advance_vector_generation(session)
        said = {picture.file.path: descriptions.get(picture.content_hash) for picture in pictures}
        return tuple(
            Arrival(path, kinds[path], description.caption.text if description else "")
            for path, description in said.items()
            if kinds[path] != "unchanged"
        )

    def kept_moments(self, content_hash: bytes, found: Sequence[Moment]) -> dict[int, Moment]:
        """The moments of a film that stay beside those that were found, and that the model has not described."""
        video_id, _ = self._known.get(content_hash) or (None, False)
        if video_id is None:
            return {}
        return self._library.read(catalogue.kept_moments, video_id, found, model_id=self._model_id)

    def write_film(self, result: ReadableFilm | UnreadableFile) -> Arrival | None:
        """Stores a film with all of its moments, or that it could not be read.

        Returns:
            The film, if the library did not know it at its path.
        """
        with self._library.transaction(write=True) as session:
            if isinstance(result, UnreadableFile):
                self._set_aside(session, result)
                return None
            fresh = self._put_film(session, result)
            catalogue.remove_problems(session, [result.file.path])
            if result.live:
                self._put_place(result.file, self._known[result.content_hash][0])
                self._store_places(session)
                return None
            kind = self._place(session, result, fresh)
            self._store_places(session)
        self._described.update({"videos": 1, "moments": len(result.moments)} if result.moments else {})
        return None if kind == "unchanged" else Arrival(result.file.path, kind, moments=len(result.moments))

    def _put_film(self, session: Session, film: ReadableFilm) -> set[int]:
        """Stores what was read of a film, and gives its number if it was never seen before."""
        if film.facts is None:
            return set()
        fresh: set[int] = set()
        if film.content_hash not in self._known:
            size = film.file.byte_size
            video_id = catalogue.add_video(
                session, film.content_hash, byte_size=size, facts=film.facts, duration=film.duration
            )
            fresh = {video_id}
        video_id = next(iter(fresh), 0) or self._known[film.content_hash][0]
        images = catalogue.put_moments(session, video_id, film.moments, model_id=self._model_id, kept=film.kept)
        self._embed_captions(session, [*images, *film.kept])
        self._known[film.content_hash] = (video_id, not film.live)
        return fresh

    def emptied(self) -> dict[bytes, str]:
        """The folders that are empty though the library shows photographs in them, each with what to do about it."""
        reasons: dict[bytes, str] = {}
        with self._library.transaction() as session:
            for folder, paths in self._plan.emptied.items():
                # Without those that were found elsewhere.
                if count := len(catalogue.images_at(session, paths)):
                    reasons[folder] = (
                        f"the folder is empty, and the library keeps the {count:,} photographs that it knows in it: "
                        "mount the drive, or if they are gone, say so with --gone"
                    )
        return reasons

    def finish(self) -> ScanCounts:
        """Forgets what is gone, and notes that the scan ended."""
        gone = self._plan.gone
        emptied = self.emptied()
        # The film of a Live Photo went with its photograph.
        self._counts["removed"] += sum(self._plan.places[path].image_id not in self._plan.companions for path in gone)
        self._counts["set_aside"] += len(emptied)
        counts = ScanCounts(**self._counts)
        with self._library.transaction(write=True) as session:
            catalogue.remove_places(session, gone)
            catalogue.remove_problems(session, self._plan.solved)
            for folder, reason in emptied.items():
                catalogue.put_problem(session, folder, stamp=None, reason=reason)
            catalogue.finish_scan(session, self._scan_id, counts)
            catalogue.retire_models(session, self._model_id)
            if gone:
                catalogue.advance_vector_generation(session)
        return counts

    def _set_aside(self, session: Session, result: UnreadableFile) -> None:
        file = result.file
        catalogue.remove_places(session, [file.path])
        stamp = None if result.passing else (file.byte_size, file.mtime_ns)
        catalogue.put_problem(session, file.path, stamp=stamp, reason=result.reason)
        self._counts["set_aside"] += 1

    def _describe(
        self, session: Session, pictures: Mapping[bytes, ReadableFile], descriptions: Mapping[bytes, Description]
    ) -> set[int]:
        """Stores what the model says of pictures, and gives the numbers of those never seen before."""
        unseen = [
            (content, picture.file.byte_size, picture.facts)
            for content, picture in pictures.items()
            if content not in self._known and picture.facts is not None
        ]
        added = catalogue.add_images(session, unseen)
        ids = {content: added.get(content) or self._known[content][0] for content in pictures}
        stored = {ids[content]: description for content, description in descriptions.items()}
        catalogue.describe_images(session, stored, model_id=self._model_id)
        self._embed_captions(session, list(stored))
        self._described["photographs"] += len(stored)
        for content, image in ids.items():
            self._known[content] = image, True
        return set(added.values())

    def _embed_captions(self, session: Session, images: Sequence[int]) -> None:
        """What people wrote or accepted is found by its words whichever model reads them."""
        texts = catalogue.captions_without_vector(session, images, model_id=self._model_id)
        if texts:
            vectors = self._describer.encode_text(list(texts.values()))
            catalogue.put_caption_vectors(session, list(texts), vectors, model_id=self._model_id)

    def _place(self, session: Session, picture: ReadableFile | ReadableFilm, fresh: set[int]) -> str:
        """Stores where a picture or film lies, and says in which count that belongs."""
        file = picture.file
        image_id, _ = self._known[picture.content_hash]
        kind = self._kind(session, file.path, image_id, fresh)
        self._counts[kind] += 1
        fresh.discard(image_id)
        self._put_place(file, image_id)
        return kind

    def _put_place(self, file: FoundFile, image_id: int) -> None:
        self._places[file.path] = SeenPlace(image_id, file.byte_size, file.mtime_ns)

    def _store_places(self, session: Session) -> None:
        catalogue.put_places(session, self._places, scan_id=self._scan_id)
        self._places.clear()

    def _kind(self, session: Session, path: bytes, image_id: int, fresh: set[int]) -> str:
        """Says in which count a stored file belongs, and forgets the place an image moved away from."""
        former = self._plan.places.get(path)
        if former is not None:
            return "unchanged" if former.image_id == image_id else "changed"
        if image_id in fresh:
            return "new"
        self._store_places(session)
        places = catalogue.places_of(session, image_id)
        left = [place for place in places if place in self._plan.gone or _is_gone(place)]
        if left:
            catalogue.remove_places(session, left[:1])
            self._plan.gone.discard(left[0])
            return "moved"
        if places:
            return "duplicate"
        # Where it was, another picture is by now, as when numbered files are all renamed by one.
        return "moved" if image_id in self._placed else "new"

    @cached_property
    def _placed(self) -> set[int]:
        """The images that had a place when the scan began."""
        return {place.image_id for place in self._plan.places.values()}


def _is_gone(path: bytes) -> bool:
    """Whether a path outside the folders of this scan is certainly gone; in a closed folder nothing is certain."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
