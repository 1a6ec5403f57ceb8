"""The keys of the review, and what it says of what was done."""

from __future__ import annotations

from textual.binding import Binding

BINDINGS = (
    Binding("a", "accept", "Accept", id="review.accept", tooltip="The caption, or the proposed tag, is right"),
    Binding("e", "edit", "Edit", id="review.edit", tooltip="Write the caption in your words"),
    Binding("r", "reject", "Reject", id="review.reject", tooltip="Reject the caption or the proposed tag"),
    Binding("t", "tag", "Tag", id="review.tag", tooltip="Add tags or remove them"),
    Binding("s,n", "skip", "Skip", id="review.skip", tooltip="Go on to the next that waits"),
    Binding("u", "undo", "Undo", id="review.undo", tooltip="Take the latest action back, whoever did it"),
    Binding("U,ctrl+r", "redo", "Redo", show=False, id="review.redo", tooltip="Do again what was undone"),
    Binding("i", "history", "History", show=False, id="review.history", tooltip="What happened to this caption"),
    Binding("o", "order", "Order", id="review.order", tooltip="By uncertainty, date, path, or the query"),
    Binding("p", "part", "Part", show=False, id="review.part", tooltip="Waiting, reviewed, all, or with proposed tags"),
    Binding("slash", "line('query')", "Query", key_display="/", id="review.query", tooltip="Review what it finds"),
    Binding(
        "colon",
        "line('jump')",
        "Go to a line",
        show=False,
        key_display=":",
        id="review.jump",
        tooltip="Go to a line",
    ),
    Binding("w", "words", "Words", show=False, id="review.words", tooltip="How sure the model is of each word"),
    Binding("S", "agreement", "Agreement", show=False, id="review.agreement", tooltip="Progress and agreement"),
    Binding("f5", "reload", "New queue", show=False, id="review.reload", tooltip="Make the queue anew"),
    Binding("escape", "leave", show=False, id="review.leave", tooltip="Choose nothing; leave the query; go back"),
)

DONE = {
    "accept": "Accepted",
    "edit": "Edited",
    "reject": "Back to the queue",
    "choose": "Chosen",
    "accept tags": "Accepted the proposed tags",
    "reject tags": "Rejected the proposed tags",
    "undo": "Undone",
    "redo": "Done again",
}
