"""Albums and saved searches: which there are, what is put into them, and how they are named.

What changes which photographs an album holds is one action, which `Annotations.undo` takes back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from index_data import catalogue
from index_data.annotation.normalize import tidy
from index_data.catalogue.annotation_records import NO_ALBUM, NOT_IN_ALBUM, ActionRecord, Changed
from index_data.catalogue.conditions import NONE_AT_ALL
from index_data.catalogue.library_records import AlbumRecord
from index_data.errors import AlbumError, UnknownAlbumError
from index_data.library import Library

if TYPE_CHECKING:
    from index_data.catalogue import Session

LONGEST_NAME = 200
"""Characters that the name of an album may have."""

KIND = "album"
"""What the journal calls such an action."""


def tidy_name(name: str) -> str:
    """A name as it is kept: one line, without what a query could not ask for.

    Raises:
        AlbumError: It holds a quotation mark or a wildcard, is too long, or means no album.
        NoWordsError: It holds nothing that can be seen, or bytes that are not text.
    """
    line = tidy(name)
    if held := next((character for character in '"*?' if character in line), ""):
        raise AlbumError(f"the name of an album cannot hold {held}, which means something else in a query")
    if len(line) > LONGEST_NAME:
        raise AlbumError(f"a name of {len(line):,} characters is too long; an album's may have {LONGEST_NAME}")
    if line.casefold() == NONE_AT_ALL:
        raise AlbumError(f'"{line}" cannot be the name of an album: album:{NONE_AT_ALL} finds what is in none')
    return line


def known_album(session: Session, name: str) -> AlbumRecord:
    """The album or saved search of a name.

    Raises:
        UnknownAlbumError: There is none.
    """
    record = catalogue.album_named(session, name)
    if record is None:
        raise UnknownAlbumError(f'there is no album or saved search "{name}"; see all with: imgsearch albums')
    return record


def make_album(library: Library, name: str) -> str:
    """Makes an empty album, and gives its name.

    Raises:
        AlbumError: The name is taken, or cannot be one.
        NoWordsError: It holds nothing that can be seen.
    """
    line = tidy_name(name)
    with library.transaction(write=True) as session:
        _refuse_taken(session, line)
        catalogue.add_album(session, line)
    return line


def add_to_album(
    library: Library, name: str, images: Sequence[int], *, at: int | None = None, dry_run: bool = False
) -> ActionRecord | None:
    """Puts photographs into an album, which is made if it is missing; nothing where it is so already.

    Args:
        library: Open.
        name: Of the album.
        images: Numbers of the photographs, in their order.
        at: How many others stand before them; without, new ones go to the end and the others stay where they are.
        dry_run: Store nothing.

    Raises:
        AlbumError: It is a saved search, or the name cannot be one.
        NoWordsError: The name holds nothing that can be seen.
    """
    line = tidy_name(name)
    with library.transaction(write=True) as session:
        album = catalogue.album_named(session, line)
        if album is not None:
            _refuse_saved_search(album)
        return _recorded(session, changed_places(session, album, line, images, at=at), dry_run=dry_run)


def changed_places(
    session: Session, album: AlbumRecord | None, name: str, images: Sequence[int], *, at: int | None = None
) -> list[Changed]:
    """What changes in an album, or in a new one of this name, where photographs come in; see `add_to_album`."""
    present = {} if album is None else catalogue.positions_in(session, album.album_id)
    missing = NO_ALBUM if album is None else NOT_IN_ALBUM
    return [
        Changed(image, None, None, str(present.get(image, missing)), str(position), album=album.name if album else name)
        for image, position in _arranged(present, list(dict.fromkeys(images)), at).items()
        if present.get(image) != position
    ]


def move_within(library: Library, name: str, image: int, step: int, *, among: Collection[int]) -> ActionRecord | None:
    """Moves a photograph of an album before or after its neighbour; nothing where it has none on that side.

    Args:
        library: Open.
        name: Of the album.
        image: Number of the photograph.
        step: 1 moves it towards the end, -1 towards the beginning.
        among: Numbers of the photographs that are seen; others of the album are passed over.

    Raises:
        UnknownAlbumError: There is no such album.
        AlbumError: It is a saved search.
    """
    with library.transaction(write=True) as session:
        album = _filled_by_hand(session, name)
        order = list(catalogue.positions_in(session, album.album_id))
        if image not in order:
            return None
        at = order.index(image)
        beyond = order[at + 1 :] if step > 0 else order[:at][::-1]
        passed = next((number for number, other in enumerate(beyond, 1) if other in among), 0)
        return _recorded(session, changed_places(session, album, name, [image], at=at + step * passed))


def remove_from_album(
    library: Library, name: str, images: Sequence[int], *, dry_run: bool = False
) -> ActionRecord | None:
    """Takes photographs out of an album; nothing where it holds none of them.

    Raises:
        UnknownAlbumError: There is no such album.
        AlbumError: It is a saved search.
    """
    with library.transaction(write=True) as session:
        album = _filled_by_hand(session, name)
        present = catalogue.positions_in(session, album.album_id)
        changes = [
            Changed(image, None, None, str(present[image]), NOT_IN_ALBUM, album=album.name)
            for image in dict.fromkeys(images)
            if image in present
        ]
        return _recorded(session, changes, dry_run=dry_run)


def delete_album(library: Library, name: str) -> tuple[AlbumRecord, ActionRecord | None]:
    """Deletes an album or a saved search; of an album that held photographs an action that can be undone is left.

    Raises:
        UnknownAlbumError: There is none of this name.
    """
    with library.transaction(write=True) as session:
        album = known_album(session, name)
        changes = [
            Changed(image, None, None, str(position), NO_ALBUM, album=album.name)
            for image, position in catalogue.positions_in(session, album.album_id).items()
        ]
        action = _recorded(session, changes)
        if action is None:
            catalogue.remove_album(session, album.album_id)
    return album, action


def rename_album(library: Library, name: str, new: str, *, queries: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Gives an album or a saved search another name; tells both as they are written.

    Args:
        library: Open.
        name: The former name.
        new: The new one.
        queries: New queries of saved searches by their names, of those that ask for this album.

    Raises:
        UnknownAlbumError: There is none of the former name.
        AlbumError: The new name is taken, or cannot be one.
        NoWordsError: It holds nothing that can be seen.
    """
    line = tidy_name(new)
    with library.transaction(write=True) as session:
        album = known_album(session, name)
        other = catalogue.album_named(session, line)
        if other is not None and other.album_id != album.album_id:
            _refuse_taken(session, line)
        for record in catalogue.albums(session):
            if record.query is not None and record.name in (queries or {}):
                catalogue.set_saved_query(session, record.album_id, (queries or {})[record.name])
        catalogue.rename_album(session, album, line)
    return album.name, line


def save_search(library: Library, name: str, query: str, *, replace: bool = False) -> str:
    """Saves a query under a name, which it gives as it is kept; the query was proved before.

    Args:
        library: Open.
        name: Of the search.
        query: As it was typed.
        replace: Whether a saved search of this name gets the new query.

    Raises:
        AlbumError: The name is taken, or cannot be one.
        NoWordsError: The name or the query holds nothing that can be seen.
    """
    line, words = tidy_name(name), tidy(query)
    with library.transaction(write=True) as session:
        album = catalogue.album_named(session, line)
        if album is None:
            catalogue.add_album(session, line, words)
            return line
        if album.query is None or not (replace or album.query == words):
            _refuse_taken(session, line)
        catalogue.set_saved_query(session, album.album_id, words)
    return album.name


def _filled_by_hand(session: Session, name: str) -> AlbumRecord:
    album = known_album(session, name)
    _refuse_saved_search(album)
    return album


def _refuse_saved_search(album: AlbumRecord) -> None:
    if album.query is not None:
        raise AlbumError(f'"{album.name}" is a saved search, which holds what its query finds')


def _refuse_taken(session: Session, name: str) -> None:
    album = catalogue.album_named(session, name)
    if album is not None:
        kind = "an album" if album.query is None else "a saved search"
        raise AlbumError(f'there is {kind} called "{album.name}" already')


def _arranged(present: Mapping[int, int], images: Sequence[int], at: int | None) -> dict[int, int]:
    """The positions of all photographs of an album once others came in."""
    if at is None:
        end = max(present.values(), default=-1) + 1
        new = [image for image in images if image not in present]
        return {**present, **{image: end + number for number, image in enumerate(new)}}
    others = [image for image in present if image not in set(images)]
    return {image: position for position, image in enumerate([*others[:at], *images, *others[at:]])}


def _recorded(session: Session, changes: list[Changed], *, dry_run: bool = False) -> ActionRecord | None:
    if not changes:
        return None
    action = catalogue.record_action(session, KIND, changes)
    if dry_run:
        session.rollback()
    return action
