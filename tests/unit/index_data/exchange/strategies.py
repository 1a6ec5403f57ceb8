"""Photographs with words of every kind that a library can hold."""

from __future__ import annotations

from hypothesis import strategies as st

from index_data.annotation.normalize import visible
from index_data.exchange.notes import Noted, NotedCaption

WORDS = st.text(min_size=1, max_size=30).map(visible).filter(bool) | st.sampled_from(
    # The last two are what cameras and programs write by themselves, and people may, too.
    ["a;b\\;c", '"', "#1", "a|b", "=x", "SONY DSC", "picture"]
)
CAPTIONS = st.builds(
    NotedCaption, WORDS, st.sampled_from(["person", "model"]), st.sampled_from(["accepted", "proposed"])
)
PATHS = st.binary(min_size=1, max_size=20).filter(lambda name: b"\0" not in name).map(lambda name: b"/photos/" + name)
NOTES = st.lists(
    st.builds(
        Noted,
        PATHS,
        st.lists(CAPTIONS, min_size=1, max_size=3).map(tuple),
        st.lists(WORDS, unique=True, max_size=3).map(tuple),
        st.just("ab" * 32),
        st.just((4, 3)),
    ),
    unique_by=lambda one: one.path,
    max_size=4,
)
