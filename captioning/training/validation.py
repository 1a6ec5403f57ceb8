"""Scores a network under training on validation pictures: retrieval both ways and greedy captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from captioning.decoding.beam_search import beam_search
from captioning.metrics import caption_retrieval, cider_d, corpus_bleu, image_retrieval, rsum
from captioning.network.model import CaptionNetwork
from captioning.network.sentence_batches import encode_sentences
from captioning.training.datasets import CaptionedImage
from captioning.training.pictures import DecodedPictures
from captioning.vocabulary import Vocabulary, tokenize


@torch.inference_mode()
def validate(
    network: CaptionNetwork,
    pictures: Sequence[CaptionedImage],
    pixels: DecodedPictures,
    vocabulary: Vocabulary,
    *,
    half: bool,
    batch: int = 64,
) -> dict[str, float]:
    """Measures rsum in [0, 6], image recall at 10, BLEU-4 and CIDEr-D of greedy captions, and their common `score`.

    The score, rsum / 6 + CIDEr-D, is what training keeps the best weights by: both products weigh alike.
    """
    network.eval()
    references = [[tokenize(caption) for caption in picture.captions] for picture in pictures]
    embeddings: list[Tensor] = []
    candidates: list[list[str]] = []
    for squares in pixels.batches(batch):
        features = network.encode_features(squares, half=torch.bfloat16 if half else None)
        embeddings.append(network.encode_image(features))
        written = beam_search(network.decoder, network.encode_memory(features), width=1)
        candidates += [vocabulary.decode(row) for row in written.ids[:, 0].tolist()]
    sentences = [words for group in references for words in group]
    owner = np.repeat(np.arange(len(references)), [len(group) for group in references])
    scores = (encode_sentences(network, sentences, vocabulary) @ torch.cat(embeddings).T).cpu().numpy()
    images, captions = image_retrieval(scores, owner), caption_retrieval(scores, owner)
    cider = cider_d(candidates, references)[0]
    total = rsum(captions, images)
    return {
        "rsum": total,
        "image_recall_at_10": images.recall_at_10,
        "bleu_4": corpus_bleu(candidates, references)[3],
        "cider_d": cider,
        "score": total / 6 + cider,
    }
