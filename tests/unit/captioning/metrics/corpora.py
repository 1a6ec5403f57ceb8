"""Small random corpora in which words repeat and overlap often."""

from __future__ import annotations

from typing import TypeAlias

from hypothesis import strategies as st

Sentence: TypeAlias = list[str]
Corpus: TypeAlias = tuple[list[Sentence], list[list[Sentence]]]

sentences = st.lists(st.sampled_from("abcde"), min_size=1, max_size=9)


@st.composite
def corpora(draw: st.DrawFn, min_images: int = 1) -> Corpus:
    references = draw(
        st.lists(st.lists(sentences, min_size=1, max_size=3), min_size=min_images, max_size=min_images + 4)
    )
    candidates = draw(st.lists(sentences, min_size=len(references), max_size=len(references)))
    return candidates, references


def split(*texts: str) -> list[Sentence]:
    return [text.split() for text in texts]
