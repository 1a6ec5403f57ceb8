"""Makes the table of near meanings.

    python -m captioning.training.near_meanings MODEL --out captioning/weights/neighbours.txt.gz

English words that a model's captions did not teach it are put beside the caption words nearest in meaning: those that
WordNet relates to them, ordered by how near they stand in WordNet and to a sentence model (all-MiniLM-L6-v2). Words
with none near enough stand there alone: they are known to be words, so that nobody takes them for a slip of another.
It needs the packages of the extra `train` and NLTK's copy of WordNet (`python -m nltk.downloader wordnet`).
"""

from __future__ import annotations

import argparse
import gzip
import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from captioning.model_file import read_model_file
from captioning.runtime.devices import choose_device
from captioning.training.text_teacher import teacher_embeddings

FREQUENT = 60_000
"""English words, by falling frequency, that stand first; the rest of WordNet follows."""

CAPTION_WORDS = 8_000
"""Caption words that may stand in: the rarer ones are hardly learnt themselves."""

SENSES = 3
"""Meanings of a word that are looked at; WordNet has the most usual first."""

GENERAL = 5
"""Depth in WordNet above which a noun is too general to stand for another, as `object` and `activity` are."""

FARTHEST = 1.5
"""Steps in WordNet, less twice the cosine, up to which a caption word is near."""

RARE = 0.25
"""Extra distance of a caption word for each tenfold of its rank by frequency beyond the first fifty."""

AS_NEAR = 0.4
"""How much farther than the nearest the second and third may be."""


def relatives(word: str, wordnet: Any) -> Iterator[tuple[str, float]]:
    """The words that WordNet relates to a word, each with its distance in steps; a further sense costs extra."""
    for number, sense in enumerate(wordnet.synsets(word)[:SENSES]):
        further = 0.3 * number
        near = [(sense, 0.0), *((kind, 1.2) for kind in sense.hyponyms())]
        near += [(like, 1.0) for like in sense.similar_tos()]
        near += [(form.synset(), 1.0) for lemma in sense.lemmas() for form in lemma.derivationally_related_forms()]
        above = [sense]
        for steps in (1.0, 2.0):
            above = [
                kind
                for narrower in above
                for kind in narrower.hypernyms()
                if kind.min_depth() >= GENERAL or kind.pos() != "n"
            ]
            near += [(kind, steps) for kind in above]
        for synset, steps in near:
            for name in synset.lemma_names():
                yield name.lower(), further + steps


def neighbours_of(
    words: Sequence[str], caption_words: Sequence[str], wordnet: Any, folder: Path
) -> dict[str, list[str]]:
    """The up to three known words nearest to each word, nearest first; embeddings are kept in `folder`."""
    related: dict[str, dict[str, float]] = {}
    rank = {word: number for number, word in enumerate(caption_words)}
    for word in words:
        steps: dict[str, float] = {}
        for name, distance in relatives(word, wordnet):
            if name in rank and name != word:
                distance += RARE * math.log10(1 + rank[name] / 50)
                steps[name] = min(distance, steps.get(name, distance))
        related[word] = steps
    phrased = [*caption_words, *(word for word in words if related[word])]
    # A lone word's spelling weighs too much; in a phrase it is the thing.
    device = torch.device(choose_device("auto").name)
    sentences = [f"a photo of {word}" for word in phrased]
    vectors = teacher_embeddings(sentences, folder, device=device, batch=512).float().numpy()
    rows = {word: row for row, word in enumerate(phrased)}
    near: dict[str, list[str]] = {}
    for word, steps in related.items():
        distances = {
            name: distance - 2 * float(vectors[rows[word]] @ vectors[rows[name]]) for name, distance in steps.items()
        }
        farthest = min(FARTHEST, min(distances.values(), default=0.0) + AS_NEAR)
        chosen = sorted((distance, name) for name, distance in distances.items() if distance <= farthest)
        near[word] = [name for _, name in chosen[:3]]
    return near


def main() -> None:
    """Parses the command line and writes the table."""
    parser = argparse.ArgumentParser(description="Makes the table of near meanings.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    from nltk.corpus import wordnet
    from wordfreq import top_n_list

    trained_words = read_model_file(options.model).vocabulary.words
    seen = set(trained_words)
    frequent = top_n_list("en", FREQUENT)
    lemmas = sorted(name.lower() for name in wordnet.all_lemma_names())
    # What WordNet does not know is a word only if it is very frequent: slips are frequent too.
    usual = [word for number, word in enumerate(frequent) if number < FREQUENT / 3 or wordnet.morphy(word)]
    words = [
        word
        for word in dict.fromkeys([*usual, *lemmas])
        if word.isalpha() and word.isascii() and len(word) > 2 and word not in seen
    ]
    with tempfile.TemporaryDirectory() as scratch:
        near = neighbours_of(words, trained_words[:CAPTION_WORDS], wordnet, Path(scratch))
    common = set(usual)
    lines = [" ".join([word, *near[word]]) for word in words if near[word] or word in common]
    # No time in the header: the same words make the same file.
    with options.out.open("wb") as stream, gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())
    print(f"{len(lines):,} words, {sum(map(bool, near.values())):,} of them near caption words")


if __name__ == "__main__":
    main()
