"""The objectives of a stage that are about drawn sentences: the writer is rewarded for the good ones.

Axis legend: B pictures or embeddings, K sentences drawn for each, T words, D joint size.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from captioning.config import StageConfig
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.image_encoder import ImageFeatures
from captioning.network.model import CaptionNetwork
from captioning.network.plain_decoder import PlainDecoder
from captioning.network.sentence_batches import pad_ids
from captioning.training import losses
from captioning.training.batches import Batch
from captioning.training.data import TrainingData
from captioning.training.distributed import ProcessGroup
from captioning.training.scst import NearestRewards, draw_sentences, sentence_log_probs
from captioning.vocabulary import END


def scst(
    network: CaptionNetwork,
    features: ImageFeatures,
    batch: Batch,
    stage: StageConfig,
    training_data: TrainingData,
    process_group: ProcessGroup,
) -> Tensor:
    """Rewards sentences drawn for pictures, for some from the embedding alone: a scalar, float32.

    The reward is CIDEr-D and, as far as the stage asks, the nearness of sentence and picture in the joint space (as in
    Cho et al. 2022, section 3.2, with the model's own space for CLIP's).
    """
    rewards, decoder = training_data.rewards, network.decoder
    if rewards is None:
        raise ValueError("scst needs rewards")
    with torch.no_grad():
        embeddings = network.encode_image(features)
    targets = embeddings
    if training_data.teacher is not None and stage.nearness:
        targets = training_data.teacher.images[batch.index.cpu()].float().to(embeddings.device)
    parts: list[tuple[Tensor, Tensor, Tensor]] = []
    with _without_dropout(decoder):
        for rows, memory in seen_or_not(decoder, features, embeddings, stage.grid_dropout):
            ids, log_probs = _drawn(decoder, memory, stage.draws)
            some = replace(batch, index=batch.index[rows.cpu()], flipped=batch.flipped[rows.cpu()])
            earned = rewards(some, ids, borrow=stage.borrow).to(ids.device)
            if stage.nearness:
                earned = earned + stage.nearness * _nearness(network, ids, targets[rows])
            parts.append((ids, log_probs, earned))
    total = process_group.mean(torch.stack([(log_probs != 0).sum() for _, log_probs, _ in parts]).sum().float())
    return torch.stack([_loss(log_probs, earned, total) for _, log_probs, earned in parts]).sum()


def embedding_scst(
    network: CaptionNetwork,
    embeddings: Tensor,
    stage: StageConfig,
    rewards: NearestRewards,
    process_group: ProcessGroup,
) -> Tensor:
    """Rewards sentences drawn from embeddings (B, D) alone, which need no picture: a scalar, float32."""
    decoder = network.decoder
    with _without_dropout(decoder):
        ids, log_probs = _drawn(decoder, decoder.embedding_memory(embeddings), stage.draws)
    earned = rewards(embeddings, ids).to(ids.device)
    return _loss(log_probs, earned, process_group.mean((log_probs != 0).sum().float()))


def seen_or_not(
    decoder: CaptionDecoder | PlainDecoder, features: ImageFeatures, embeddings: Tensor, share: float
) -> Iterator[tuple[Tensor, Memory]]:
    """Parts pictures by chance: of most the decoder sees the grid, of a share it reads the embedding alone.

    Yields:
        Which of the B pictures, (B,), bool, and their memory; a part without pictures is left out.
    """
    # Nothing is drawn where nothing is asked for.
    blind = torch.rand(len(embeddings)) < share if share else torch.zeros(len(embeddings), dtype=torch.bool)
    blind = blind.to(embeddings.device)
    if bool((~blind).any()):
        memory = decoder.encode_memory(features, embeddings)
        yield ~blind, Memory(*(part[~blind] for part in memory))
    if bool(blind.any()):
        yield blind, decoder.embedding_memory(embeddings[blind])


def _drawn(decoder: CaptionDecoder | PlainDecoder, memory: Memory, draws: int) -> tuple[Tensor, Tensor]:
    """Draws K sentences for each row of a memory: ids (B * K, T), int64, and their words' log-probabilities."""
    memory = Memory(*(part.repeat_interleave(draws, 0) for part in memory))
    ids = draw_sentences(decoder, memory)
    return ids, sentence_log_probs(decoder, memory, ids)


def _loss(log_probs: Tensor, earned: Tensor, total: Tensor) -> Tensor:
    return losses.scst(log_probs.view(*earned.shape, -1), earned, total=total)


@torch.no_grad()
def _nearness(network: CaptionNetwork, ids: Tensor, targets: Tensor) -> Tensor:
    """Inner products (B, K), float32, in [-1, 1], of sentences (B * K, T), int64, with embeddings (B, D)."""
    rows = [[word for word in row if word > END] or [END] for row in ids.tolist()]
    sentences = network.encode_text(pad_ids(rows).to(ids.device)).float()
    return (sentences.view(len(targets), -1, sentences.shape[1]) * targets.unsqueeze(1)).sum(-1)


@contextmanager
def _without_dropout(decoder: nn.Module) -> Iterator[None]:
    """Sentences are drawn from the very distribution whose gradient is taken.

    Nothing else leaves training mode, in which alone cuDNN gives an LSTM's gradient.
    """
    learning = decoder.training
    for module in decoder.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    try:
        yield
    finally:
        decoder.train(learning)
