"""Sentences are padded, framed and encoded as they would be alone."""

from __future__ import annotations

import torch

from captioning.network.sentence_batches import encode_sentences, frame_ids, pad_ids
from captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary, tokenize
from tests.tiny_model import WORDS, tiny_config, tiny_network

VOCABULARY = Vocabulary(WORDS)


def test_rows_are_padded_and_framed() -> None:
    assert pad_ids([[4, 5], [6]]).tolist() == [[4, 5], [6, PAD]]
    # The decoder writes with the ids below 6 only.
    assert frame_ids([[4, 8], [5]], writable=6).tolist() == [[START, 4, UNKNOWN, END], [START, 5, END, PAD]]


@torch.inference_mode()
def test_sentences_of_all_lengths_keep_their_order() -> None:
    network = tiny_network(tiny_config())
    sentences = [tokenize(s) for s in ("a dog on the beach", "cat", "", "two dog runs", "zebra", "the the the the")]
    embeddings = encode_sentences(network, sentences, VOCABULARY, batch=2)
    for index, words in enumerate(sentences):
        alone = network.encode_text(torch.tensor([VOCABULARY.encode(words) or [END]]))
        torch.testing.assert_close(embeddings[index : index + 1], alone)
    assert encode_sentences(network, [], VOCABULARY).shape == (0, 8)
