"""Runs the network over a training batch and gives the stage's objectives, by name; each is a scalar, float32.

Where several processes train together, each gives its part of the batch, and every objective is the whole batch's.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from captioning.config import EMBEDDING_OBJECTIVES, MATCHING_OBJECTIVES, StageConfig
from captioning.network.attention_decoder import Memory
from captioning.network.image_encoder import ImageFeatures
from captioning.network.model import CaptionNetwork
from captioning.network.sentence_batches import encode_sentences, frame_ids
from captioning.training import losses as loss_functions
from captioning.training import self_critical
from captioning.training.batches import Batch
from captioning.training.data import TrainingData
from captioning.training.distributed import SINGLE_PROCESS, ProcessGroup
from captioning.training.scst import NearestRewards
from captioning.vocabulary import tokenize


class StageLosses(nn.Module):
    """The objectives of one stage as a module, so that gradients can be averaged over processes."""

    def __init__(
        self,
        network: CaptionNetwork,
        stage: StageConfig,
        training_data: TrainingData,
        *,
        device: torch.device,
        smoothing: float,
        half: bool,
        process_group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        super().__init__()
        self.network = network
        self._stage, self._training_data = stage, training_data
        self._device, self._smoothing, self._half, self._process_group = device, smoothing, half, process_group
        self._nearest = nearest_rewards(network, training_data) if "embedding_scst" in stage.objectives else None

    def forward(self, batch: Batch | None, text: tuple[Tensor, Tensor] | None) -> dict[str, Tensor]:
        """Computes what the stage asks for on pictures and on sentences alone, each a scalar."""
        losses: dict[str, Tensor] = {}
        settings: dict[str, Any] = {"device": self._device, "half": self._half, "process_group": self._process_group}
        if batch is not None:
            losses |= picture_losses(
                self.network, batch, self._stage, self._training_data, smoothing=self._smoothing, **settings
            )
        if text is not None:
            losses |= text_losses(
                self.network, text, self._stage, self._training_data, nearest=self._nearest, **settings
            )
        return losses


def picture_losses(
    network: CaptionNetwork,
    batch: Batch,
    stage: StageConfig,
    training_data: TrainingData,
    *,
    device: torch.device,
    smoothing: float,
    half: bool,
    process_group: ProcessGroup = SINGLE_PROCESS,
) -> dict[str, Tensor]:
    """Computes the objectives on pictures that the stage asks for, each a scalar."""
    objectives = stage.objectives
    owner = batch.owner.to(device)
    losses: dict[str, Tensor] = {}
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        features = network.encode_features(batch.pixels.to(device, non_blocking=True))
        if "nll" in objectives:
            losses["nll"] = _nll(
                network, features, batch, stage.grid_dropout, smoothing=smoothing, process_group=process_group
            )
        if "scst" in objectives:
            losses["scst"] = self_critical.scst(network, features, batch, stage, training_data, process_group)
        if "keyword" in objectives:
            captioned = torch.zeros(len(batch.index), dtype=torch.bool, device=device).index_fill(0, owner, True)
            guesses = process_group.gather(network.keyword_logits(features)[captioned])
            losses["keyword"] = loss_functions.keyword(
                guesses, process_group.gather(batch.keywords.to(device)[captioned])
            )
        if not MATCHING_OBJECTIVES.isdisjoint(objectives):
            embeddings = network.encode_image(features), network.encode_text(batch.ids.to(device))
    if not MATCHING_OBJECTIVES.isdisjoint(objectives):
        losses |= _matching(network, embeddings, batch, stage, training_data, process_group)
    return losses


def _nll(
    network: CaptionNetwork,
    features: ImageFeatures,
    batch: Batch,
    grid_dropout: float,
    *,
    smoothing: float,
    process_group: ProcessGroup,
) -> Tensor:
    """The sentences' negative log-likelihood; of a share of the pictures the decoder is given the embedding alone."""
    device = features.grid.device
    owner, weight, framed = batch.owner.to(device), batch.weight.to(device), batch.framed.to(device)
    total = process_group.mean(loss_functions.words_counted(framed[:, 1:], weight).sum())
    decoder = network.decoder
    with torch.no_grad():
        embeddings = network.encode_image(features)

    def of(rows: Tensor | slice, pictures: Tensor, memory: Memory) -> Tensor:
        logits = decoder(framed[rows, :-1], Memory(*(part[pictures] for part in memory)))
        return loss_functions.nll(logits, framed[rows, 1:], smoothing=smoothing, weight=weight[rows], total=total)

    if not grid_dropout:
        return of(slice(None), owner, decoder.encode_memory(features, embeddings))
    loss = features.grid.new_zeros(())
    for chosen, memory in self_critical.seen_or_not(decoder, features, embeddings, grid_dropout):
        rows, place = chosen[owner], chosen.cumsum(0) - 1
        loss = loss + of(rows, place[owner[rows]], memory)
    return loss


def _matching(
    network: CaptionNetwork,
    embeddings: tuple[Tensor, Tensor],
    batch: Batch,
    stage: StageConfig,
    training_data: TrainingData,
    process_group: ProcessGroup,
) -> dict[str, Tensor]:
    """The objectives of the joint space, given its embeddings of pictures and sentences."""
    objectives, scale = stage.objectives, network.joint.scale
    images, sentences = (process_group.gather(part) for part in embeddings)
    device = images.device
    counts = process_group.gather(torch.tensor([len(batch.index)], device=device))
    owner = process_group.gather(batch.owner.to(device) + counts[: process_group.rank].sum())
    weight = process_group.gather(batch.weight.to(device))
    losses: dict[str, Tensor] = {}
    # What was written of another picture is no answer for this one alone: the teacher tells how well it fits which.
    own = ~process_group.gather(batch.borrowed.to(device).byte()).bool()
    if "mmi" in objectives:
        losses["mmi"] = loss_functions.mmi(images, sentences, owner, scale, weight=weight, own=own)
    if "triplet" in objectives:
        losses["triplet"] = loss_functions.triplet(images, sentences, owner, own=own)
    if training_data.teacher is not None:
        index = process_group.gather(batch.index.to(device)).cpu()
        image_targets = training_data.teacher.images[index].float().to(device)
        if "soft_target" in objectives:
            caption = process_group.gather(batch.caption.to(device)).cpu()
            sentence_targets = training_data.teacher.sentences[caption].float().to(device)
            teacher = (image_targets, sentence_targets, training_data.teacher.scale)
            losses["soft_target"] = loss_functions.soft_target(images, sentences, scale, teacher)
        if "image_teacher" in objectives:
            losses["image_teacher"] = loss_functions.mimic(images, image_targets)
    return losses


def text_losses(
    network: CaptionNetwork,
    text: tuple[Tensor, Tensor],
    stage: StageConfig,
    training_data: TrainingData,
    *,
    device: torch.device,
    half: bool,
    nearest: NearestRewards | None = None,
    process_group: ProcessGroup = SINGLE_PROCESS,
) -> dict[str, Tensor]:
    """Computes the objectives on sentences alone that the stage asks for, each a scalar.

    Args:
        network: The network.
        text: Positions (M,) among the training's sentences and word ids (M, T), int64.
        stage: Tells which objectives are wanted.
        training_data: Holds what the teachers say.
        device: Where the network is.
        half: Multiply in half precision.
        nearest: What sentences drawn from embeddings are worth, for `embedding_scst`.
        process_group: The processes that train together.
    """
    index, ids = text
    losses: dict[str, Tensor] = {}
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        if not {"text_relation", "text_teacher"}.isdisjoint(stage.objectives):
            sentences = process_group.gather(network.encode_text(ids.to(device)))
            index = process_group.gather(index.to(device)).cpu()
        if not {"text_nll", "embedding_nll"}.isdisjoint(stage.objectives):
            framed = frame_ids([[i for i in row if i] for row in ids.tolist()], writable=training_data.writable).to(
                device
            )
            targets = framed[:, 1:]
            total = process_group.mean(loss_functions.words_counted(targets, None).sum())
        if "text_nll" in stage.objectives:
            null_memory = network.decoder.null_memory(len(ids), device)
            losses["text_nll"] = loss_functions.nll(network.decoder(framed[:, :-1], null_memory), targets, total=total)
        if not EMBEDDING_OBJECTIVES.isdisjoint(stage.objectives):
            with torch.no_grad():
                embeddings = _noisy(network.encode_text(ids.to(device)), stage.noise)
        if "embedding_scst" in stage.objectives:
            assert nearest is not None
            losses["embedding_scst"] = self_critical.embedding_scst(network, embeddings, stage, nearest, process_group)
        if "embedding_nll" in stage.objectives:
            logits = network.decoder(framed[:, :-1], network.decoder.embedding_memory(embeddings))
            losses["embedding_nll"] = loss_functions.nll(logits, targets, total=total)
    if "text_relation" in stage.objectives:
        losses["text_relation"] = loss_functions.text_relation(
            sentences, training_data.relations[index].float().to(device)
        )
    if "text_teacher" in stage.objectives and training_data.teacher is not None:
        sentence_targets = training_data.teacher.sentences[index].float().to(device)
        losses["text_teacher"] = loss_functions.mimic(sentences, sentence_targets)
    return losses


def nearest_rewards(network: CaptionNetwork, training_data: TrainingData) -> NearestRewards:
    """Reads the text once, as the network under training reads it: a stage that asks for this does not change that."""
    if training_data.rewards is None:
        raise ValueError("embedding_scst needs rewards")
    words = [tokenize(sentence) for sentence in training_data.text]
    embeddings = encode_sentences(network.eval(), words, training_data.vocabulary)
    return NearestRewards(words, embeddings, training_data.vocabulary, frequency=training_data.rewards.frequency)


def _noisy(embeddings: Tensor, length: float) -> Tensor:
    """Moves unit vectors (B, D) as far as a picture may lie from its sentence: by a third of `length` to all of it."""
    share = torch.rand(len(embeddings), 1, device=embeddings.device) * (2 / 3) + 1 / 3
    noise = torch.randn_like(embeddings) / math.sqrt(embeddings.shape[1])
    return F.normalize(embeddings + length * share * noise, dim=-1)
