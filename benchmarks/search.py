"""Measures how well queries are answered: by what features, for out-of-vocabulary words, after a person's judgement.

    python -m benchmarks.search DATA [--split test] [--json FILE]

DATA is a folder with `captions.json` and `images/`. Prints three tables. What the engine uses was chosen on `val`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captioning.lazy_captioner import LazyCaptioner
from captioning.metrics import image_retrieval
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.text.out_of_vocabulary import OutOfVocabularyWords, stem
from captioning.training.datasets import CaptionedImage, read_captions, select_split
from index_data.catalogue import Session
from index_data.catalogue.sql_parts import ACTIVE
from index_data.catalogue.sqlite.full_text import match_of
from index_data.catalogue.statements import run
from index_data.columns.stems import stems_of
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.engine.encoded_query import Examples, mix, read_terms
from search.engine.features import Photographs, weigh
from search.engine.relevance import Relevance, read_relevance
from search.evaluation.temporary_library import captioned, link_pictures, photographs_by_picture

Scores = NDArray[np.float32]

CONSTANT = 60
"""Of reciprocal rank fusion; Cormack, Clarke, Büttcher (2009)."""

FIRST = 10
"""Hits in which a person looks for good and bad ones."""

OUT_OF_VOCABULARY = Path(__file__).with_name("out_of_vocabulary.txt")
"""A hundred words that the shipped model never learnt: near ones of caption words, other forms, slips of the pen."""


def describe(pictures: Sequence[CaptionedImage], relevance: Relevance) -> tuple[Photographs, Scores, NDArray[np.int64]]:
    """The photographs of a split as the engine sees them, and BM25 of every caption as a query with its owner."""
    sentences = [(text, row) for row, picture in enumerate(pictures) for text in picture.captions]
    with tempfile.TemporaryDirectory() as scratch:
        link_pictures(pictures, Path(scratch) / "pictures")
        with Library.open(Path(scratch) / "library", create=True) as library:
            list(index_folders(library, [Path(scratch) / "pictures"], LazyCaptioner.open()))
            photographs = photographs_by_picture(library, pictures, relevance)
            row_of = {int(image): row for row, image in enumerate(photographs.ids)}
            ranked = np.zeros((len(sentences), len(pictures)), np.float32)
            reader = NumpyTextEncoder.load()
            with library.transaction() as session:
                for number, (text, _) in enumerate(sentences):
                    expanded = [word for term in read_terms(text, reader) for word in term.expansion]
                    best = by_bm25(session, expanded, count=len(pictures))
                    for rank, image in enumerate(best):
                        ranked[number, row_of[image]] = len(best) - rank
    return photographs, ranked, np.array([row for _, row in sentences])


def by_bm25(session: Session, words: Sequence[str], *, count: int) -> list[int]:
    """Images by the BM25 of their active captions, as FTS5 computes it, best first."""
    if not words:
        return []
    statement = (
        "SELECT image_id FROM caption_words JOIN caption ON caption.id = caption_words.rowid"
        f" WHERE caption_words MATCH ? AND {ACTIVE} ORDER BY rank LIMIT ?"
    )
    return [image for (image,) in run(session, statement, [match_of(words), count])]


def fused(left: Scores, right: Scores) -> Scores:
    """Reciprocal rank fusion."""

    def reciprocal(scores: Scores) -> Scores:
        ranks = np.argsort(np.argsort(-scores, axis=1), axis=1)
        return (1 / (CONSTANT + 1 + ranks)).astype(np.float32)

    return reciprocal(left) + reciprocal(right)


def all_features(
    reader: NumpyTextEncoder, photographs: Photographs, texts: Sequence[str], relevance: Relevance
) -> Scores:
    """The log-odds of every photograph for every query."""
    vectors = reader.encode_text(texts)
    rows = [
        relevance.log_odds(weigh(photographs, vector, read_terms(text, reader), relevance))
        for text, vector in zip(texts, vectors, strict=True)
    ]
    return np.stack(rows)


def ablation(
    pictures: Sequence[CaptionedImage], reader: NumpyTextEncoder, relevance: Relevance
) -> dict[str, list[float]]:
    """R@1/5/10 of the photograph that a sentence was written of, by what they are ranked by."""
    photographs, bm25, owner = describe(pictures, relevance)
    texts = [text for picture in pictures for text in picture.captions]
    vectors = reader.encode_text(texts)
    similarity = vectors @ photographs.vectors.T
    alone = similarity - np.float32(relevance.hubness_weight) * photographs.hubness
    ways = {
        "vectors": similarity,
        "vectors, less hubness": alone,
        "BM25 over captions": bm25,
        "reciprocal ranks of both": fused(similarity, bm25),
        "all features": all_features(reader, photographs, texts, relevance),
    }
    rows = {f"model's captions, {name}": _recalls(scores, owner) for name, scores in ways.items()}
    # As if people had corrected every caption: the first of each photograph is stored, the others are asked.
    stored = captioned(photographs, reader, [picture.captions for picture in pictures])
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    queries = np.setdiff1d(np.arange(len(texts)), first)
    query_texts = [texts[row] for row in queries]
    by_captions = vectors[queries] @ vectors[first].T
    ways = {
        "vectors": similarity[queries],
        "caption vectors": by_captions,
        "reciprocal ranks of both": fused(similarity[queries], by_captions),
        "all features": all_features(reader, stored, query_texts, relevance),
    }
    rows |= {f"people's captions, {name}": _recalls(scores, owner[queries]) for name, scores in ways.items()}
    return rows


def _recalls(scores: Scores, owner: NDArray[np.int64]) -> list[float]:
    recalls = image_retrieval(scores, owner)
    return [recalls.recall_at_1, recalls.recall_at_5, recalls.recall_at_10]


def out_of_vocabulary(
    pictures: Sequence[CaptionedImage], reader: NumpyTextEncoder, photographs: Photographs
) -> dict[str, float]:
    """Of words the model never learnt, how many of the first ten photographs are said to show what is near the word."""
    substitutes = OutOfVocabularyWords(reader.vocabulary)
    words = [word for word in OUT_OF_VOCABULARY.read_text().split() if word not in reader.vocabulary]
    stems_by_picture = [stems_of(picture.captions) for picture in pictures]
    before: list[float] = []
    after: list[float] = []
    read = 0
    unknown = reader.encode_text(["<unk>"])[0]
    for word in words:
        substitute = substitutes.substitute(word)
        read += substitute is not None
        near = {stem(known) for known in (substitute.known if substitute else ())} | {stem(word)}
        right = np.array([not near.isdisjoint(stems) for stems in stems_by_picture])
        for vector, shares in ((unknown, before), (reader.encode_text([word])[0], after)):
            first = np.argsort(-(photographs.vectors @ vector), kind="stable")[:FIRST]
            shares.append(float(right[first].mean()))
    return {
        "words": float(len(words)),
        "read as near ones": read / len(words),
        "precision of ten, before": float(np.mean(before)),
        "precision of ten, after": float(np.mean(after)),
    }


def feedback(
    pictures: Sequence[CaptionedImage], reader: NumpyTextEncoder, photographs: Photographs
) -> dict[str, float]:
    """Precision of the next ten hits for words of captions, before and after the first good and bad hit was told."""
    stems_by_picture = [[stems_of([text]) for text in picture.captions] for picture in pictures]
    words = sorted({word for captions in stems_by_picture for stems in captions for word in stems})
    gains: dict[str, list[float]] = {"before": [], "after --more": [], "after --more and --less": []}
    for word in words:
        right = np.array([any(word in stems for stems in captions) for captions in stems_by_picture])
        if not 20 <= right.sum() <= len(pictures) // 4:
            continue
        vector = reader.encode_text([word])[0]
        order = np.argsort(-(photographs.vectors @ vector), kind="stable")
        good = [row for row in order[:FIRST] if right[row]][:1]
        bad = [row for row in order[:FIRST] if not right[row]][:1]
        if not (good and bad):
            continue
        more, less = tuple(photographs.vectors[good]), tuple(photographs.vectors[bad])
        queries: Mapping[str, NDArray[np.float32]] = {
            "before": vector,
            "after --more": mix(vector, Examples(more=more)),
            "after --more and --less": mix(vector, Examples(more=more, less=less)),
        }
        for name, moved in queries.items():
            again = np.argsort(-(photographs.vectors @ moved), kind="stable")
            fresh = [row for row in again if row not in (*good, *bad)][:FIRST]
            gains[name].append(float(right[fresh].mean()))
    return {
        "queries": float(len(gains["before"])),
        **{f"precision of ten, {k}": float(np.mean(v)) for k, v in gains.items()},
    }


def main() -> None:
    """Prints the tables, and writes JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    pictures = select_split(read_captions(options.data), options.split)
    reader = NumpyTextEncoder.load()
    relevance = read_relevance(reader.file)
    if relevance is None:
        raise SystemExit("nothing was fitted for the shipped model; run: imgsearch calibrate")
    photographs, _, _ = describe([replace(picture, captions=picture.captions[:1]) for picture in pictures], relevance)
    figures_by_part: dict[str, Mapping[str, float | list[float]]] = {
        "features": ablation(pictures, reader, relevance),
        "out of vocabulary": out_of_vocabulary(pictures, reader, photographs),
        "feedback": feedback(pictures, reader, photographs),
    }
    for title, rows in figures_by_part.items():
        print(f"\n{title}")
        for name, value in rows.items():
            figures = [f"{100 * share:5.1f}" for share in value] if isinstance(value, list) else [f"{value:.3f}"]
            print(f"  {name:48} {' '.join(figures)}")
    if options.json:
        options.json.write_text(json.dumps(figures_by_part, indent=2) + "\n")


if __name__ == "__main__":
    main()
