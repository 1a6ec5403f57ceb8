"""What people did, in the words in which it is told to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.output.printable import photographs

if TYPE_CHECKING:
    from index_data.catalogue.annotation_records import ActionRecord, HistoryEntry

NAMES = {
    "accept": "the acceptance",
    "edit": "the captions",
    "reject": "the rejection",
    "choose": "the choice",
    "tag": "the tagging",
    "accept tags": "the acceptance of proposed tags",
    "reject tags": "the rejection of proposed tags",
    "mark": "the marks",
    "album": "the change of the albums",
    "import": "the import of the words",
}
"""Actions as nouns; anything else keeps the name that the catalogue has for it."""

DONE = {
    "accept": "Accepted the captions of",
    "edit": "Changed the caption of",
    "tag": "Changed the tags of",
    "accept tags": "Accepted the proposed tags of",
    "reject tags": "Rejected the proposed tags of",
    "mark": "Marked",
    "album": "Changed the albums of",
    "order": "Changed the order of",
}
"""What was done, before what it was done to."""

_HAPPENED = {
    ("propose", "proposed"): "the model wrote",
    ("accept", "accepted"): "you accepted",
    ("edit", "accepted"): "you wrote",
    ("edit", "edited"): "you replaced",
    ("reject", "rejected"): "you rejected",
    ("reject", "proposed"): "the model wrote instead",
    ("choose", "accepted"): "you chose",
    ("choose", "rejected"): "you passed over",
    ("import", "accepted"): "you imported",
    ("import", "edited"): "an import replaced",
    ("tag", "present"): "you gave the tag",
    ("tag", "absent"): "you took off the tag",
    ("tag", "rejected"): "you rejected the proposed tag",
    ("accept tags", "present"): "you accepted the proposed tag",
    ("reject tags", "rejected"): "you rejected the proposed tag",
    ("import", "present"): "you imported the tag",
    ("album", "present"): "you put it into the album",
    ("album", "absent"): "you took it out of the album",
    ("move", "moved"): "you moved it to",
    ("trash", "trashed"): "you moved to the trash",
}
"""By what was asked for, and what became of the caption or tag."""


def happened(entry: HistoryEntry) -> str:
    """What happened to a caption or a tag, before its words; what was taken back says so."""
    kind = "album" if entry.subject == "album" else entry.kind
    words = _HAPPENED.get((kind, entry.became), f"{entry.kind}: {entry.became}")
    if kind == "album" and entry.was == entry.became:
        words = "you moved it in the album"
    if entry.subject == "mark":
        words = "you marked it" if mark_of(entry) != entry.text else "you took a mark off"
    return f"{words} (undone)" if entry.undone_at else words


def mark_of(entry: HistoryEntry) -> str:
    """A mark with its value, such as ``rating 4``; its name alone where it was taken off; other words as they are."""
    from index_data.catalogue.conditions import NO_MARK

    return f"{entry.text} {entry.became}" if entry.subject == "mark" and entry.became != NO_MARK else entry.text


def changed(action: ActionRecord) -> str:
    """What an action changed, counted, such as ``2 photographs and 1 moment``."""
    stills = len(action.images) - action.moments - action.videos
    return photographs(stills, moments=action.moments, videos=action.videos)


def named(action: ActionRecord) -> str:
    """An action as a noun with what it changed, such as ``the tagging of 2 photographs``."""
    return f"{NAMES.get(action.kind, action.kind)} of {changed(action)}"


def done(kind: str, action: ActionRecord | None) -> str:
    """What came of something that a person asked for, in a sentence; `undo` and `redo` are kinds, too."""
    if action is None:
        return "There is nothing to change: it is so already"
    if kind in ("undo", "redo"):
        return undone(action) if kind == "undo" else redone(action)
    return f"{DONE[kind]} {changed(action)}"


def undone(action: ActionRecord) -> str:
    """What was taken back."""
    if action.kind in ("move", "trash"):
        return f"Moved {changed(action)} back{' from the trash' * (action.kind == 'trash')}"
    return f"Undid {named(action)}"


def redone(action: ActionRecord) -> str:
    """What was done again."""
    return f"Redid {named(action)}"
