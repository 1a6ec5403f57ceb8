"""Proves that catalogue, vectors and files agree, and mends what can be made again.

No repair takes away what a person said.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from captioning.errors import ModelFileError
from captioning.outputs import ModelIdentity
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data import catalogue
from index_data.annotation.caption_vectors import embed_captions
from index_data.catalogue import audit
from index_data.columns.columns import Columns
from index_data.columns.file import load_columns
from index_data.columns.reading import read_columns
from index_data.learnt_models import LearntModels
from index_data.library import Library
from index_data.text_encoders import TextEncoders

HUBNESS_TOLERANCE = 1e-3
"""How far a kept hubness may be from one that is measured again: matrices are multiplied in another order."""

INDEX_AGAIN = "imgsearch index FOLDER"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        holds: What should hold.
        faults: A sentence each; empty where it holds.
        remedy: The command that helps with faults that are still there.
        mended: Whether the faults were repaired.
    """

    holds: str
    faults: tuple[str, ...]
    remedy: str
    mended: bool

    @property
    def healthy(self) -> bool:
        """Whether it holds now."""
        return self.mended or not self.faults


@dataclass(frozen=True, slots=True)
class _Check:
    holds: str
    find: Callable[[Library], list[str]]
    mend: Callable[[Library], None] | None = None
    remedy: str = "imgsearch doctor --fix"


def examine(library: Library, *, fix: bool = False) -> Iterator[Finding]:
    """Runs every check, and tells what each found as it ends; the rest is left out when the catalogue is damaged.

    Args:
        library: Open.
        fix: Mend what can be mended.

    Raises:
        LibraryLockedError: Something is to be mended, and another process is writing.
        LibraryNotWritableError: Something is to be mended, and the library may not be changed.
        ModelFileError: Captions are to be embedded, and the text encoder of their model is missing or damaged.
        VectorSearchError: FAISS, which reads the search indexes, could not be loaded.
        IndexKindError: Indexes are to be made, and `IMGSEARCH_INDEX` names no kind of index.
    """
    with library.writing() if fix else nullcontext():
        for check in _CHECKS:
            faults = tuple(check.find(library))
            mended = False
            if faults and fix and check.mend:
                check.mend(library)
                mended = not check.find(library)
            yield Finding(check.holds, faults, check.remedy, mended)
            if faults and check.find is _damage:
                return


def _damage(library: Library) -> list[str]:
    return library.database.care.damage()


def _unseen(library: Library) -> list[str]:
    return ["what lies where is not told: a view is missing"] if library.database.care.missing_views() else []


def _see_again(library: Library) -> None:
    library.database.care.make_views()


def _misplaced_moments(library: Library) -> list[str]:
    with library.transaction() as session:
        count = len(audit.misplaced_moments(session))
    return [f"{count:,} moments are not within their videos"] if count else []


def _confine_moments(library: Library) -> None:
    with library.transaction(write=True) as session:
        audit.confine_moments(session, audit.misplaced_moments(session))


def _open_to_others(library: Library) -> list[str]:
    return [f"{path} can be read or written by others" for path in _not_private(library)]


def _not_private(library: Library) -> list[Path]:
    # The library itself may be reached by a link; what a link in it points to is not the library's.
    folder = library.paths.folder.resolve()
    if os.name == "nt":
        return []
    paths = []
    for path in [folder, *sorted(folder.rglob("*"))]:
        with suppress(FileNotFoundError):  # a browser makes and removes thumbnails while we look
            mode = path.lstat().st_mode
            if mode & 0o077 and not stat.S_ISLNK(mode):
                paths.append(path)
    return paths


def _make_private(library: Library) -> None:
    for path in _not_private(library):
        # A link that was put there since is not followed, and of a pipe nobody waits for the other end.
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                status = os.fstat(handle)
                # A file that has another name elsewhere is not the library's alone.
                if stat.S_ISDIR(status.st_mode) or status.st_nlink == 1:
                    os.fchmod(handle, stat.S_IMODE(status.st_mode) & 0o700)
            finally:
                os.close(handle)


def _strays(library: Library) -> list[str]:
    return [f"{path} belongs to nothing" for path in library.stray_files()]


def _bad_vectors(library: Library) -> list[str]:
    with library.transaction() as session:
        return [
            f"{len(owners):,} vectors of {kind}s are not of unit length, or not of their model's size"
            for kind, _, owners in audit.unfit_vectors(session)
        ]


def _forget_bad_vectors(library: Library) -> None:
    with library.transaction(write=True) as session:
        for kind, model_id, owners in list(audit.unfit_vectors(session)):
            audit.forget_vectors(session, kind, owners, model_id=model_id)
        catalogue.advance_vector_generation(session)


def _without_caption(library: Library) -> list[str]:
    with library.transaction() as session:
        count = sum(map(len, audit.uncaptioned(session).values()))
    return [f"{count:,} images have a vector and no caption"] if count else []


def _forget_without_caption(library: Library) -> None:
    with library.transaction(write=True) as session:
        for model_id, images in audit.uncaptioned(session).items():
            audit.forget_vectors(session, "image", images, model_id=model_id)
        catalogue.advance_vector_generation(session)


def _undescribed(library: Library) -> list[str]:
    with library.transaction() as session:
        count = len(audit.undescribed(session))
    return [f"{count:,} images are not described"] if count else []


def _forget_half_descriptions(library: Library) -> None:
    """Else the next scan would say twice what is still there."""
    with library.transaction(write=True) as session:
        audit.forget_proposals(session, audit.undescribed(session))
        catalogue.advance_vector_generation(session)


def _unembedded(library: Library) -> list[str]:
    with library.transaction() as session:
        count = len(catalogue.unembedded_captions(session, catalogue.shown_images(session)))
    return [f"{count:,} captions have no vector, so that nothing finds them"] if count else []


def _embed(library: Library) -> None:
    with library.transaction(write=True) as session:
        embed_captions(session, catalogue.shown_images(session), TextEncoders(library).encode)


def _untrue_words(library: Library) -> list[str]:
    return [
        f"the full-text table {words} is damaged, or does not say what its texts say"
        for words in library.database.care.untrue_words()
    ]


def _read_words_anew(library: Library) -> None:
    library.database.care.make_words()


def _bad_learnt_models(library: Library) -> list[str]:
    return LearntModels(library).faults()


def _forget_bad_learnt_models(library: Library) -> None:
    LearntModels(library).remove_unreadable()


def _bad_text_encoders(library: Library) -> list[str]:
    return [
        f"the text encoder of the model {model.id} is {fault}" for model, fault in _unreadable_text_encoders(library)
    ]


def _unreadable_text_encoders(library: Library) -> Iterator[tuple[ModelIdentity, str]]:
    for model in library.read(catalogue.answering_models):
        file = library.text_encoder(model)
        if not file.is_file():
            yield model, "missing"
            continue
        try:
            if NumpyTextEncoder.load(file).identity != model:
                yield model, "another model's"
        except ModelFileError as error:
            yield model, f"damaged ({error})"


def _forget_bad_text_encoders(library: Library) -> None:
    for model, _ in list(_unreadable_text_encoders(library)):
        library.files.drop(library.paths.text_encoder(model.id))


def _settled_proposals(library: Library) -> list[str]:
    with library.transaction() as session:
        count = audit.settled_proposals(session)
    return [f"{count:,} tags are proposed for photographs that have them"] if count else []


def _settle_proposals(library: Library) -> None:
    with library.transaction(write=True) as session:
        audit.settle_proposals(session)


def _bad_indexes(library: Library) -> list[str]:
    from index_data.vectors.index import VectorIndex

    faults = []
    with library.transaction() as session:
        generation = catalogue.vector_generation(session)
        for model in catalogue.answering_models(session):
            for kind, vectors in catalogue.VECTORS_OF.items():
                path = library.paths.index(kind, model.id)
                loaded = VectorIndex.load(path, model=model.id, dimension=model.dimension)
                if loaded is None:
                    faults += [f"{path} is damaged"] if path.exists() else []
                elif loaded[1] == generation:
                    held = np.sort(loaded[0].ids())
                    if not np.array_equal(held, vectors(session, model.id).ids()):
                        faults.append(f"{path} does not hold what the catalogue holds")
    return faults


def _bad_columns(library: Library) -> list[str]:
    missing = library.database.care.missing_triggers()
    faults = [f"changes of photographs are not noted: {', '.join(missing)} is missing"] if missing else []
    with library.transaction() as session:
        latest = catalogue.latest_change(session)
        for model in catalogue.answering_models(session):
            path = library.paths.columns(model.id)
            loaded = load_columns(path, model=model.id)
            if loaded is None:
                faults += [f"{path} is damaged"] if path.exists() else []
            elif loaded.change == latest and not _proved(loaded, read_columns(session, model, library.bank(model))):
                faults.append(f"{path} does not say what the catalogue says")
    return faults


def _proved(loaded: Columns, made: Columns) -> bool:
    # Another bank is no fault: whoever asks by it measures anew.
    alike = loaded.bank != made.bank or np.allclose(loaded.facts.hubness, made.facts.hubness, atol=HUBNESS_TOLERANCE)
    return loaded.says(made) and alike


def _note_changes(library: Library) -> None:
    if library.database.care.missing_triggers():
        library.database.care.make_triggers()
    _rebuild(library)


def _rebuild(library: Library) -> None:
    library.forget_caches()
    library.save_all_caches()


# In this order: a repair may leave work to the checks behind it.
_CHECKS = (
    _Check("the catalogue is whole", _damage, remedy="imgsearch restore BACKUP"),
    # Before whatever asks where something lies.
    _Check("photographs and moments are found where they lie", _unseen, _see_again),
    # Before every repair that changes captions: triggers then write to these tables.
    _Check("captions, tags and paths are found by their words", _untrue_words, _read_words_anew),
    _Check("only you can read the library", _open_to_others, _make_private),
    _Check("every moment lies within its video", _misplaced_moments, _confine_moments),
    _Check("every vector fits its model", _bad_vectors, _forget_bad_vectors),
    _Check("what has a vector has a caption", _without_caption, _forget_without_caption),
    _Check("every image is described", _undescribed, _forget_half_descriptions, remedy=INDEX_AGAIN),
    _Check("every model has its text encoder", _bad_text_encoders, _forget_bad_text_encoders, remedy=INDEX_AGAIN),
    _Check("what was learnt from corrections is whole", _bad_learnt_models, _forget_bad_learnt_models),
    _Check("every caption has a vector", _unembedded, _embed),
    _Check("what is proposed as a tag is no tag yet", _settled_proposals, _settle_proposals),
    _Check("the indexes hold the catalogue's vectors", _bad_indexes, _rebuild),
    _Check("what queries weigh is what the catalogue says", _bad_columns, _note_changes),
    _Check("no file is left over", _strays, Library.remove_stray_files),
)
