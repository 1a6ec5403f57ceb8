"""Scores a network under training on validation pictures: retrieval both ways and greedy captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from captioning.decoding.beam_search import beam_search
from captioning.metrics import caption_retrieval, cider_d, corpus_bleu, image_retrieval, rsum
from captioning.network.model import CaptionNetwork
from captioning.training.batches import pad_ids, read_picture
from captioning.training.datasets import CaptionedImage
from captioning.vocabulary import END, Vocabulary, tokenize


@torch.inference_mode()
def validate(
    network: CaptionNetwork,
    pictures: Sequence[CaptionedImage],
    vocabulary: Vocabulary,
    *,
    side: int,
    half: bool,
    batch: int = 64,
) -> dict[str, float]:
    """Measures rsum in [0, 6], image recall at 10, BLEU-4 and CIDEr-D of greedy captions, and their common `score`.

    The score, rsum / 6 + CIDEr-D, is what training keeps the best weights by: both products weigh alike.
    """
    network.eval()
    device = next(network.parameters()).device
    references = [[tokenize(caption) for caption in picture.captions] for picture in pictures]
    embeddings: list[Tensor] = []
    candidates: list[list[str]] = []
    for at in range(0, len(pictures), batch):
        pixels = torch.stack([read_picture(picture.path, side=side) for picture in pictures[at : at + batch]]).to(
            device
        )
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            features = network.encoder(pixels)
        embeddings.append(network.encode_image(features))
        written = beam_search(network.decoder, network.decoder.look(features), width=1)
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


@torch.inference_mode()
def encode_sentences(
    network: CaptionNetwork, sentences: Sequence[Sequence[str]], vocabulary: Vocabulary, *, batch: int = 512
) -> Tensor:
    """Places tokenised sentences in the joint space: unit vectors (sentences, D), float32."""
    device = next(network.parameters()).device
    rows = [vocabulary.encode(words) or [END] for words in sentences]
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    embeddings = torch.empty(len(rows), network.joint.text.straight.out_features, device=device)
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        embeddings[chosen] = network.encode_text(pad_ids([rows[index] for index in chosen]).to(device))
    return embeddings
