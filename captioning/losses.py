"""Runs the network over a training batch and gives the stage's objectives, by name."""

from __future__ import annotations

import torch
from torch import Tensor

from captioning import objectives
from captioning.batches import Batch, frame_ids
from captioning.config import StageConfig
from captioning.decoder import Memory
from captioning.materials import Materials
from captioning.network import CaptionNetwork


def picture_losses(
    network: CaptionNetwork,
    batch: Batch,
    stage: StageConfig,
    *,
    device: torch.device,
    smoothing: float,
    half: bool,
) -> dict[str, Tensor]:
    """Computes `nll`, `mmi`, `triplet` and `keyword`, those that the stage asks for, each a scalar."""
    wanted = stage.objectives
    losses: dict[str, Tensor] = {}
    owner = batch.owner.to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        features = network.encoder(batch.pixels.to(device))
        if "nll" in wanted:
            memory = Memory(*(part[owner] for part in network.decoder.look(features)))
            framed = batch.framed.to(device)
            logits = network.decoder(framed[:, :-1], memory)
            losses["nll"] = objectives.nll(logits, framed[:, 1:], smoothing=smoothing)
        if "keyword" in wanted:
            losses["keyword"] = objectives.keyword(network.keyword(features.pooled), batch.keywords.to(device))
        if "mmi" in wanted or "triplet" in wanted:
            images, sentences = network.encode_image(features), network.encode_text(batch.ids.to(device))
    if "mmi" in wanted:
        losses["mmi"] = objectives.mmi(images, sentences, owner, network.joint.scale)
    if "triplet" in wanted:
        losses["triplet"] = objectives.triplet(images, sentences, owner)
    return losses


def text_losses(
    network: CaptionNetwork,
    text: tuple[Tensor, Tensor],
    stage: StageConfig,
    materials: Materials,
    *,
    device: torch.device,
    half: bool,
) -> dict[str, Tensor]:
    """Computes `text_nll` and `text_teacher`, those that the stage asks for, each a scalar.

    Args:
        network: The network.
        text: Indices (M,) and word ids (M, T) of captions without pictures, int64.
        stage: Tells which objectives are wanted.
        materials: Holds the teacher's embeddings.
        device: Where the network is.
        half: Multiply in half precision.
    """
    index, ids = text
    losses: dict[str, Tensor] = {}
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        if "text_teacher" in stage.objectives:
            sentences = network.encode_text(ids.to(device))
            teacher = materials.teacher[index].float().to(device)
            losses["text_teacher"] = objectives.text_teacher(sentences, teacher)
        if "text_nll" in stage.objectives:
            nothing = network.decoder.blank(len(ids), device)
            framed = frame_ids([[i for i in row if i] for row in ids.tolist()], writable=materials.writable).to(device)
            losses["text_nll"] = objectives.nll(network.decoder(framed[:, :-1], nothing), framed[:, 1:])
    return losses
