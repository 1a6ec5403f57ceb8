"""Takes the words of a person, such as names, into the vocabulary and the annotation of a network.

Axis legend: E word size, V writable words, K keywords, C channels.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from captioning.config import ModelConfig
from captioning.model_file import ModelFile
from captioning.network.model import CaptionNetwork, build_network
from captioning.text.keywords import says_something
from captioning.text.out_of_vocabulary import OutOfVocabularyWords
from captioning.vocabulary import PAD, SPECIAL, UNKNOWN, Vocabulary, tokenize

LEAST_SENTENCES = 2
"""A word that stands in fewer sentences is left out: it may be a slip of the pen, and nothing could be learnt of it."""

LEAST_FOR_KEYWORD = 3
"""Sentences that must have a word before the annotation takes it."""

MOST_WORDS = 500
"""New words at a time, the most frequent."""

UNKNOWN_WORDS = 1_000
"""For how many words the unknown one stands, where a new one begins."""

RARE_KEYWORD = 0.01
"""How probable a new keyword is of any picture before anything is learnt of it."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a network.

    Attributes:
        vocabulary: All that the text encoder reads; the decoder writes with the first of them.
        writable: With how many ids, the special tokens among them.
        keywords: Those of the annotation.
        unread: Ids that the text encoder has never read before.
        new_keywords: How many of the keywords, the last ones, are new.
    """

    vocabulary: Vocabulary
    writable: int
    keywords: tuple[str, ...]
    unread: tuple[int, ...]
    new_keywords: int


def words_with(file: ModelFile, sentences: Sequence[str]) -> Words:
    """The words of a model, and those of sentences that it cannot write or does not have among its keywords."""
    counts = Counter(word for sentence in sentences for word in dict.fromkeys(tokenize(sentence)))
    common = [word for word, count in counts.most_common() if count >= LEAST_SENTENCES]
    writable = min(len(file.vocabulary), file.config.writable)
    plain = file.vocabulary.words
    written = set(plain[: writable - len(SPECIAL)])
    new = [word for word in common if word not in written][:MOST_WORDS]
    read = [word for word in plain[writable - len(SPECIAL) :] if word not in new]
    # A name is a thing to be found; that a word is seen more often than the model expects is none.
    names = [
        word for word in new if counts[word] >= LEAST_FOR_KEYWORD and says_something(word) and word not in file.keywords
    ]
    vocabulary = Vocabulary([*plain[: writable - len(SPECIAL)], *new, *read])
    return Words(
        vocabulary=vocabulary,
        writable=writable + len(new),
        unread=tuple(vocabulary.encode(word for word in new if word not in file.vocabulary)),
        keywords=(*file.keywords, *names),
        new_keywords=len(names),
    )


def grown_config(file: ModelFile, words: Words) -> ModelConfig:
    """The configuration of a model that has these words."""
    return replace(
        file.config,
        writable=words.writable,
        vocabulary=max(file.config.vocabulary, len(words.vocabulary)),
        keywords=max(file.config.keywords, len(words.keywords)),
    )


def grown_network(file: ModelFile, words: Words) -> CaptionNetwork:
    """Builds the network of a model with room for these words; of all others it says what the model says.

    Raises:
        ModelFileError: The file was changed since it was written, or its tensors do not fit its configuration.
    """
    network = build_network(file)
    text, writer, annotation = network.text_encoder, network.decoder, cast(nn.Linear, network.keyword[1])
    text.embed = _embedding(_read_vectors(file, words, text.embed.weight))
    # What stands for all rare words is where a rare word begins.
    new = words.writable - writer.embed.num_embeddings
    table, bias = writer.embed.weight.detach(), writer.output.bias.detach()
    writer.embed = _embedding(torch.cat([table, table[UNKNOWN].expand(new, -1)]))
    writer.output = nn.Linear(table.shape[1], words.writable)
    writer.output.weight = writer.embed.weight
    # It is one of very many: as likely as all of them together it would be written of everything.
    rare = bias[UNKNOWN] - math.log(UNKNOWN_WORDS)
    writer.output.bias = nn.Parameter(torch.cat([bias, rare.expand(new)]))
    # A new word of the annotation is rare until something is learnt of it.
    network.keyword[1] = _wider(annotation, words.new_keywords, bias=math.log(RARE_KEYWORD / (1 - RARE_KEYWORD)))
    return network


def _read_vectors(file: ModelFile, words: Words, known: Tensor) -> Tensor:
    """The vectors (words, E) that the text encoder reads; of new words those of what they have been read as so far."""
    known = known.detach()
    vectors = known[[*range(len(SPECIAL)), *file.vocabulary.encode(words.vocabulary.words)]]
    substitutes = OutOfVocabularyWords(file.vocabulary)
    for place in words.unread:
        if substitute := substitutes.substitute(words.vocabulary.words[place - len(SPECIAL)]):
            vectors[place] = known[file.vocabulary.encode(substitute.known)].mean(0)
    return vectors


def _embedding(vectors: Tensor) -> nn.Embedding:
    return nn.Embedding(len(vectors), vectors.shape[1], padding_idx=PAD, _weight=vectors)


def _wider(layer: nn.Linear, more: int, *, bias: float) -> nn.Linear:
    """The same layer with more outputs, which depend on nothing."""
    wide = nn.Linear(layer.in_features, layer.out_features + more)
    with torch.no_grad():
        wide.weight.copy_(torch.cat([layer.weight, layer.weight.new_zeros(more, layer.in_features)]))
        wide.bias.copy_(torch.cat([layer.bias, layer.bias.new_full((more,), bias)]))
    return wide
