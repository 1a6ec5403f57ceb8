"""Trains a teacher of the joint space on frozen networks, and asks it where pictures and sentences belong.

The teacher sees with several backbones side by side and reads with a general sentence model: too slow to ship, quick to
train, since only two projections learn. The network that ships is taught to put things where the teacher puts them.

Axis legend: P pictures, F features, C sentences, D joint size.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Generator, Tensor
from torch.optim import AdamW

from captioning.config import TeacherConfig
from captioning.errors import ModelFileError
from captioning.files import replacing
from captioning.model_file import read_model_file
from captioning.network.backbones import build_backbone, fuse_norms
from captioning.network.image_encoder import ImageEncoder
from captioning.network.initial_weights import load_initial_weights
from captioning.network.joint import JointSpace
from captioning.network.model import build_network
from captioning.network.sentence_batches import encode_sentences
from captioning.runtime.precision import half_pays, half_type
from captioning.training import losses
from captioning.training.batches import read_picture
from captioning.training.datasets import CaptionedImage
from captioning.training.optim import set_rates
from captioning.training.text_teacher import teacher_embeddings
from captioning.vocabulary import tokenize


@dataclass(frozen=True, slots=True)
class Teacher:
    """Where the teacher puts what a training works on.

    Attributes:
        images: Unit vectors (P, D), float16, one a picture; several spaces lie side by side in D.
        sentences: Unit vectors (C, D), float16, one a sentence.
        scale: The teacher's inverse temperature.
    """

    images: Tensor
    sentences: Tensor
    scale: float


def train_teacher(
    config: TeacherConfig,
    pictures: Sequence[CaptionedImage],
    sentences: Sequence[str],
    folder: Path,
    *,
    joint: int,
    side: int,
    seed: int,
    device: torch.device,
) -> Teacher:
    """Trains the teacher on the captioned ones of the pictures, or reads back what it said before.

    Args:
        config: Which networks it sees with, and how long it learns.
        pictures: With captions or without.
        sentences: The captions of all pictures in order, then any others.
        folder: Keeps features, embeddings and the result.
        joint: D.
        side: Pixels per side of the square input.
        seed: Of every random draw.
        device: Where features are computed and the projections learn.

    Raises:
        ConfigurationError: A backbone or the sentence model is not there.
        ModelFileError: A model or weights file is damaged or does not fit.
    """
    owner = torch.tensor([index for index, picture in enumerate(pictures) for _ in picture.captions])
    names = [f"{picture.path.parent.parent.name}/{picture.path.name}" for picture in pictures]
    asked = json.dumps([asdict(config), names, list(sentences), joint, side, seed])
    file = folder / f"joint-teacher-{hashlib.sha256(asked.encode()).hexdigest()[:16]}.safetensors"
    if not file.is_file():
        if config.space:
            teacher = _own_space(Path(config.space), pictures, sentences, side=side, device=device)
        else:
            teacher = _trained(
                config, pictures, sentences, owner, folder, joint=joint, side=side, seed=seed, device=device
            )
        scale = torch.tensor(teacher.scale)
        with replacing(file, private=False) as fresh:
            tensors = {"images": teacher.images, "sentences": teacher.sentences, "scale": scale}
            save_file(tensors, fresh)
    stored = load_file(file)
    return Teacher(stored["images"], stored["sentences"], float(stored["scale"]))


def _trained(
    config: TeacherConfig,
    pictures: Sequence[CaptionedImage],
    sentences: Sequence[str],
    owner: Tensor,
    folder: Path,
    *,
    joint: int,
    side: int,
    seed: int,
    device: torch.device,
) -> Teacher:
    """Trains the projections, and embeds pictures, each with its mirror image, and sentences by them.

    Of K spaces the embeddings stand side by side, each divided by sqrt(K): an inner product is then the spaces' mean.
    """
    features = torch.cat(list(_features(config, pictures, folder, side=side, device=device)), dim=2).to(device)
    meanings = teacher_embeddings(sentences, folder, device=device)
    known = meanings[: len(owner)].float().to(device)
    spaces = [
        _learn(config, features, known, owner, joint=joint, seed=seed + number) for number in range(config.spaces)
    ]
    shrink = config.spaces**-0.5
    images, texts = [], []
    with torch.inference_mode():
        for space in spaces:
            images.append(shrink * F.normalize(space.image(features[0]) + space.image(features[1]), dim=-1))
            parts = torch.split(meanings, 8192)
            texts.append(torch.cat([shrink * space.text(part.float().to(device)).cpu() for part in parts]))
    scale = sum(float(space.scale.detach()) for space in spaces) / config.spaces
    return Teacher(torch.cat(images, dim=1).half().cpu(), torch.cat(texts, dim=1).half(), scale)


@torch.inference_mode()
def _own_space(
    model: Path, pictures: Sequence[CaptionedImage], sentences: Sequence[str], *, side: int, device: torch.device
) -> Teacher:
    """Takes a model's own joint space for the teacher, so that it keeps what it knows while it learns more."""
    file = read_model_file(model)
    network = build_network(file).to(device).eval()
    rows: list[Tensor] = []
    for at in range(0, len(pictures), 64):
        squares = torch.stack([read_picture(picture.path, side=side) for picture in pictures[at : at + 64]])
        features = network.encode_features(squares.to(device), half=half_type(device) if half_pays(device) else None)
        rows.append(network.encode_image(features).half().cpu())
    texts = encode_sentences(network, [tokenize(sentence) for sentence in sentences], file.vocabulary)
    return Teacher(torch.cat(rows), texts.half().cpu(), float(network.joint.scale))


def _features(
    config: TeacherConfig, pictures: Sequence[CaptionedImage], folder: Path, *, side: int, device: torch.device
) -> Iterator[Tensor]:
    """Yields each network's features (2, P, F), float32, of the pictures as they are and mirrored, standardised."""
    for name, weights in [*(("", path) for path in config.models), *config.backbones.items()]:
        digest = hashlib.sha256(_content(Path(weights)))
        digest.update("\n".join(str(picture.path) for picture in pictures).encode())
        file = folder / f"features-{digest.hexdigest()[:16]}.safetensors"
        if not file.is_file():
            encoder = _encoder(name, Path(weights), pictures, side=side).to(device)
            with replacing(file, private=False) as fresh:
                save_file({"features": _encode(encoder, pictures, side=side, device=device)}, fresh)
        features = load_file(file)["features"].float()
        yield (features - features[0].mean(0)) / (features[0].std(0) + 1e-3)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"there is no model file {file}") from None
    except OSError as error:
        raise ModelFileError(f"the model file {file} could not be read: {error}") from error


def _encoder(name: str, weights: Path, pictures: Sequence[CaptionedImage], *, side: int) -> ImageEncoder:
    if not name:
        encoder = build_network(read_model_file(weights)).encoder
    else:
        backbone = build_backbone(name)
        encoder = ImageEncoder(backbone)
        squares = torch.stack([read_picture(picture.path, side=side) for picture in pictures[:128]])
        load_initial_weights(backbone.features, weights, encoder.normalize(squares))
    encoder.eval()
    fuse_norms(encoder.backbone)
    return encoder


@torch.inference_mode()
def _encode(
    encoder: ImageEncoder, pictures: Sequence[CaptionedImage], *, side: int, device: torch.device, batch: int = 64
) -> Tensor:
    """Mean and maximum of the last maps: (2, P, F), float16."""
    half, dtype = half_pays(device), half_type(device)
    rows: list[Tensor] = []
    with ThreadPoolExecutor(max_workers=2) as pool, torch.autocast(device.type, dtype, enabled=half):
        for at in range(0, len(pictures), batch):
            paths = [picture.path for picture in pictures[at : at + batch]]
            squares = torch.stack(list(pool.map(lambda path: read_picture(path, side=side), paths)))
            features = []
            for pixels in (squares, squares.flip(-1)):
                x = encoder.normalize(pixels.to(device)).contiguous(memory_format=torch.channels_last)
                maps = encoder.backbone(x).float()
                features.append(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1))
            rows.append(torch.stack(features).half().cpu())
    return torch.cat(rows, dim=1).contiguous()


def _learn(
    config: TeacherConfig, features: Tensor, sentences: Tensor, owner: Tensor, *, joint: int, seed: int
) -> JointSpace:
    """Trains two projections by `mmi`, three captions a picture, a mirrored picture every other time."""
    torch.manual_seed(seed)
    generator = Generator().manual_seed(seed)
    space = JointSpace(features.shape[2], sentences.shape[1], joint=joint, dropout=0.4).to(features.device)
    optimizer = AdamW([{"params": list(space.parameters()), "peak": config.rate}], weight_decay=0.05, betas=(0.9, 0.98))
    mine: dict[int, list[int]] = {}
    for caption, picture in enumerate(owner.tolist()):
        mine.setdefault(picture, []).append(caption)
    captioned = torch.tensor(list(mine))
    steps = max(1, len(captioned) // config.batch)
    for step in range(config.epochs * steps):
        if step % steps == 0:
            order = captioned[torch.randperm(len(captioned), generator=generator)]
        chosen = order[step % steps * config.batch :][: config.batch]
        drawn = [_some(mine[picture], 3, generator) for picture in chosen.tolist()]
        flips = torch.randint(2, (len(chosen),), generator=generator)
        images = space.image(F.dropout(features[flips, chosen], 0.2))
        embeddings = space.text(F.dropout(sentences[[caption for group in drawn for caption in group]], 0.1))
        position = torch.tensor([index for index, group in enumerate(drawn) for _ in group], device=images.device)
        loss = losses.mmi(images, embeddings, position, space.scale)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        set_rates(optimizer, done=step / (config.epochs * steps))
        optimizer.step()
    return space.eval()


def _some(items: Sequence[int], count: int, generator: Generator) -> list[int]:
    order = torch.randperm(len(items), generator=generator)[:count].tolist()
    return [items[index] for index in order]
