"""Trains a teacher of the joint space on frozen networks, and asks it where pictures and sentences belong.

The teacher sees with several backbones side by side and reads with a general sentence model: too slow to ship, quick to
train, since only two projections learn. The network that ships is taught to put things where the teacher puts them.

Axis legend: P pictures, F features, C sentences, D joint size.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Generator, Tensor
from torch.optim import AdamW

from captioning.config import TeacherConfig, TrainConfig
from captioning.errors import ConfigurationError, ModelFileError
from captioning.files import replacing
from captioning.model_file import read_model_file
from captioning.network.backbones import build_backbone, fuse_norms
from captioning.network.image_encoder import ImageEncoder
from captioning.network.initial_weights import load_initial_weights
from captioning.network.joint import JointSpace
from captioning.network.model import CaptionNetwork, build_network
from captioning.network.sentence_batches import encode_sentences, pad_ids
from captioning.runtime.precision import half_pays, half_type
from captioning.training import losses
from captioning.training.consensus import embed_pictures
from captioning.training.datasets import CaptionedImage
from captioning.training.optim import set_rates
from captioning.training.pictures import DecodedPictures
from captioning.training.text_teacher import teacher_embeddings
from captioning.vocabulary import END, Vocabulary, tokenize


@dataclass(frozen=True, slots=True)
class Teacher:
    """Where the teacher puts what a training works on.

    Attributes:
        images: Unit vectors (P, D), float16, one a picture; several spaces lie side by side in D.
        sentences: Unit vectors (C, D), float16, one a sentence.
        scale: The teacher's inverse temperature.
        file: Where it is kept; none before.
    """

    images: Tensor
    sentences: Tensor
    scale: float
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Learner:
    """A network with the words that it reads, as a teacher sees and reads with it."""

    network: CaptionNetwork
    vocabulary: Vocabulary

    def digest(self) -> str:
        """A hash of all weights."""
        content = hashlib.sha256()
        for name, value in self.network.state_dict().items():
            content.update(name.encode())
            content.update(value.detach().cpu().contiguous().numpy().tobytes())
        return content.hexdigest()

    @torch.inference_mode()
    def read(self, sentences: Sequence[str], device: torch.device, *, batch: int = 512) -> Tensor:
        """What the text encoder makes of C sentences: (C, 4H), float16, on the device."""
        encoder = self.network.text_encoder.to(device).eval()
        rows = [self.vocabulary.encode(tokenize(sentence)) or [END] for sentence in sentences]
        states = torch.empty(len(rows), encoder.size, dtype=torch.float16, device=device)
        order = torch.tensor(sorted(range(len(rows)), key=lambda index: len(rows[index])), dtype=torch.int64)
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            ids = pad_ids([rows[index] for index in chosen.tolist()])
            states[chosen.to(device)] = encoder(ids.to(device)).half()
        return states


def train_teacher(
    config: TrainConfig,
    pictures: Sequence[CaptionedImage],
    pixels: DecodedPictures,
    sentences: Sequence[str],
    folder: Path,
    *,
    learner: Learner | None = None,
) -> Teacher:
    """Trains the teacher on the captioned ones of the pictures, or reads back what it said before.

    Args:
        config: Its `teacher` tells which networks the teacher sees with, and how long it learns.
        pictures: With captions or without.
        pixels: Of these pictures, on the device where features are computed and the projections learn.
        sentences: The captions of all pictures in order, then any others.
        folder: Keeps features, embeddings and the result.
        learner: The network under training, which the teacher then sees and reads with as well.

    Raises:
        ConfigurationError: No teacher is configured, or a backbone or the sentence model is not there.
        ModelFileError: A model or weights file is damaged or does not fit.
    """
    if config.teacher is None:
        raise ConfigurationError("the configuration has no [teacher] table")
    names = [f"{picture.path.parent.parent.name}/{picture.path.name}" for picture in pictures]
    question = [asdict(config.teacher), names, list(sentences), config.model.joint, config.model.side, config.seed]
    asked = json.dumps([*question, *([learner.digest()] if learner else [])])
    file = folder / f"joint-teacher-{hashlib.sha256(asked.encode()).hexdigest()[:16]}.safetensors"
    if not file.is_file():
        if config.teacher.space:
            teacher = _own_space(Path(config.teacher.space), pixels, sentences)
        else:
            networks = [_network(Path(model)) for model in config.teacher.models] + ([learner] if learner else [])
            features = _features(config.teacher, pictures, pixels, folder, learner)
            teacher = _trained(config, pictures, features, _meanings(networks, sentences, folder, pixels.device))
        with replacing(file, private=False) as fresh:
            tensors = {"images": teacher.images, "sentences": teacher.sentences, "scale": torch.tensor(teacher.scale)}
            save_file(tensors, fresh)
    return read_teacher(file)


def read_teacher(file: Path) -> Teacher:
    """Reads back what a teacher said.

    Raises:
        ModelFileError: The file is missing or damaged.
    """
    try:
        stored = load_file(file)
        return Teacher(stored["images"], stored["sentences"], float(stored["scale"]), file)
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelFileError(f"what the teacher said could not be read from {file}: {error}") from error


def _network(model: Path) -> Learner:
    if not model.is_file():
        raise ModelFileError(f"there is no model file {model}")
    file = read_model_file(model)
    return Learner(build_network(file), file.vocabulary)


def _trained(config: TrainConfig, pictures: Sequence[CaptionedImage], features: Tensor, meanings: Tensor) -> Teacher:
    """Trains the projections, and embeds pictures, each with its mirror image, and sentences by them.

    Of K spaces the embeddings stand side by side, each divided by sqrt(K): an inner product is then the spaces' mean.

    Args:
        config: Has a teacher.
        pictures: P of them.
        features: Shape (2, P, F), float32: of the pictures as they are and mirrored.
        meanings: Shape (C, any), float16: of the pictures' captions in order, then of any other sentences.
    """
    assert config.teacher is not None
    owner = torch.tensor([index for index, picture in enumerate(pictures) for _ in picture.captions])
    count = config.teacher.spaces
    spaces = [
        _learn(config.teacher, features, meanings[: len(owner)], owner, joint=config.model.joint, seed=config.seed + n)
        for n in range(count)
    ]
    images, texts = [], []
    with torch.inference_mode():
        for space in spaces:
            images.append(F.normalize(space.image(features[0]) + space.image(features[1]), dim=-1) * count**-0.5)
            parts = [space.text(part.float()).half() for part in torch.split(meanings, 8192)]
            texts.append(torch.cat(parts) * count**-0.5)
    scale = sum(float(space.scale.detach()) for space in spaces) / count
    return Teacher(torch.cat(images, dim=1).half().cpu(), torch.cat(texts, dim=1).cpu(), scale)


@torch.inference_mode()
def _own_space(model: Path, pixels: DecodedPictures, sentences: Sequence[str]) -> Teacher:
    """Takes a model's own joint space for the teacher, so that it keeps what it knows while it learns more."""
    file = read_model_file(model)
    network = build_network(file).to(pixels.device).eval()
    texts = encode_sentences(network, [tokenize(sentence) for sentence in sentences], file.vocabulary)
    images = embed_pictures(network, pixels)
    return Teacher(images.half().cpu(), texts.half().cpu(), float(network.joint.scale))


def _meanings(networks: Sequence[Learner], sentences: Sequence[str], folder: Path, device: torch.device) -> Tensor:
    """What a general sentence model and the networks make of sentences: (C, any), float16, standardised."""
    rows = [teacher_embeddings(sentences, folder, device=device).to(device)]
    rows += [network.read(sentences, device) for network in networks]
    return torch.cat([_standardised(part, part).half() for part in rows], dim=1)


def _features(
    config: TeacherConfig,
    pictures: Sequence[CaptionedImage],
    pixels: DecodedPictures,
    folder: Path,
    learner: Learner | None,
) -> Tensor:
    """All networks' features, (2, P, F), float32, of the pictures as they are and mirrored, standardised."""
    rows = []
    for name, weights in [*(("", path) for path in config.models), *config.backbones.items()]:
        digest = hashlib.sha256(_content(Path(weights)))
        digest.update("\n".join(str(picture.path) for picture in pictures).encode())
        file = folder / f"features-{digest.hexdigest()[:16]}.safetensors"
        if not file.is_file():
            encoder = _encoder(name, Path(weights), pixels)
            with replacing(file, private=False) as fresh:
                save_file({"features": _encode(encoder, pixels).cpu()}, fresh)
        rows.append(load_file(file)["features"].to(pixels.device))
    if learner:
        rows.append(_encode(learner.network.encoder, pixels))
    return torch.cat([_standardised(part, part[0]) for part in rows], dim=2)


def _standardised(values: Tensor, sample: Tensor) -> Tensor:
    """Values (..., F) less the mean of a sample (any, F), by its deviation: float32."""
    sample = sample.float()
    return (values.float() - sample.mean(0)) / (sample.std(0) + 1e-3)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise ModelFileError(f"there is no model file {file}") from None
    except OSError as error:
        raise ModelFileError(f"the model file {file} could not be read: {error}") from error


def _encoder(name: str, weights: Path, pixels: DecodedPictures) -> ImageEncoder:
    if not name:
        encoder = build_network(read_model_file(weights)).encoder
    else:
        backbone = build_backbone(name)
        encoder = ImageEncoder(backbone)
        squares = pixels.take(torch.arange(min(128, len(pixels)))).cpu()
        load_initial_weights(backbone.features, weights, encoder.normalize(squares))
    encoder.eval()
    fuse_norms(encoder.backbone)
    return encoder.to(pixels.device)


@torch.inference_mode()
def _encode(encoder: ImageEncoder, pixels: DecodedPictures, *, batch: int = 64) -> Tensor:
    """Mean and maximum of the last maps, of the pictures as they are and mirrored: (2, P, F), float16."""
    device = pixels.device
    rows: list[Tensor] = []
    with torch.autocast(device.type, half_type(device), enabled=half_pays(device)):
        for squares in pixels.batches(batch):
            features = []
            for seen in (squares, squares.flip(-1)):
                x = encoder.normalize(seen).contiguous(memory_format=torch.channels_last)
                maps = encoder.backbone(x).float()
                features.append(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1))
            rows.append(torch.stack(features).half())
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
        embeddings = space.text(F.dropout(sentences[[caption for group in drawn for caption in group]].float(), 0.1))
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
