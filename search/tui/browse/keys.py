"""The keys of the browser, and the orders that it offers."""

from __future__ import annotations

from textual.binding import Binding

from search.engine.query import Sort

KEYS = (
    ("slash", "search", "Search", True, "/", "Type a query"),
    ("enter", "full", "View", True, None, "See it as large as the terminal"),
    ("a", "act", "Act", True, None, "Copy, move, export, … it, or all that are marked"),
    ("m", "alike", "Like", True, None, "What looks like this photograph"),
    ("c", "captions", "Captions", False, None, "The captions nearest to this photograph"),
    ("s", "sort", "Sort", False, None, "Choose what comes first"),
    ("f", "filter", "Filter", False, None, "Fill in filters: path, tag, date, camera, size"),
    ("T", "timeline", "Timeline", False, None, "Months with their photographs, to look at one"),
    ("d", "details", "Details", True, None, "Open or close the details"),
    ("o", "act('open')", "Open", False, None, "Open it, or all that are marked, in the viewer"),
    ("t", "tag", "Tag", True, None, "Tag this photograph, or all that are marked"),
    ("r", "mark", "Rate", True, None, "Rate, pick or colour it, or all that are marked"),
    ("delete", "act('trash')", "Trash", False, "del", "Move it, or all that are marked, to the trash"),
    ("D", "duplicates", "Duplicates", False, None, "What is there more than once, side by side"),
    ("p", "album", "Album", False, None, "Put it, or all that are marked, into an album"),
    ("less_than_sign", "move(-1)", "Earlier", False, "<", "In an album: put it before its neighbour"),
    ("greater_than_sign", "move(1)", "Later", False, ">", "In an album: put it after its neighbour"),
    ("v", "review", "Review", False, None, "Review the captions of what was found"),
    ("i", "history", "Past", False, None, "Who said what of this photograph, and when"),
    ("w", "words", "Words", False, None, "How sure the model is of each word of a caption"),
    ("y", "copy", "Copy", False, None, "Copy the path"),
    ("plus,equals_sign", "size(1)", "Larger", False, "+", "Larger thumbnails"),
    ("minus", "size(-1)", "Smaller", False, "-", "Smaller thumbnails"),
    ("ctrl+s", "save", "Save", False, None, "Save this query under a name"),
    ("b,ctrl+r", "queries", "Albums", False, "b", "Albums, saved searches and earlier queries"),
    ("escape,backspace", "back", "Back", False, "esc", "Unmark what is marked, else the query before"),
)
"""Keys, action, label, whether the footer shows it, how the key is shown, and what it does."""

ORDERS = (
    ("", "Best match first, or the newest where there are no words"),
    (Sort.DATE, "Newest first"),
    (Sort.PATH, "By path"),
    (Sort.RANDOM, "In random order"),
)

BINDINGS = tuple(
    Binding(keys, action, label, show=show, key_display=key, id=f"browse.{label.lower()}", tooltip=tooltip)
    for keys, action, label, show, key, tooltip in KEYS
)
