"""Gathers what a training works on: pictures, text, vocabulary, keywords, teacher, and a network to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from captioning.backbones import build_backbone, load_initial_weights
from captioning.batches import TrainingPictures, read_picture
from captioning.config import StageConfig, TrainConfig
from captioning.datasets import CaptionedImage, read_captions, read_sentences, select_split
from captioning.encoder import ImageEncoder
from captioning.errors import CaptionsFileError
from captioning.keywords import count_keywords
from captioning.network import CaptionNetwork
from captioning.text_teacher import teacher_embeddings
from captioning.vocabulary import Vocabulary, tokenize


@dataclass(frozen=True, slots=True)
class Materials:
    """Everything read before the first step.

    Attributes:
        pictures: Captioned training pictures of all sources.
        validation: Captioned validation pictures of the first source.
        text: Captions without pictures.
        teacher: Unit vectors (text, size), float16; empty when no stage asks for them.
        vocabulary: Words of the training captions and the text.
        writable: How many of the vocabulary's ids the decoder writes with.
        keywords: Words of the annotation.
        side: Pixels per side of the square input.
    """

    pictures: Sequence[CaptionedImage]
    validation: Sequence[CaptionedImage]
    text: Sequence[str]
    teacher: Tensor
    vocabulary: Vocabulary
    writable: int
    keywords: Sequence[str]
    side: int

    def training(self, stage: StageConfig) -> TrainingPictures:
        """The training pictures, as the stage draws them."""
        return TrainingPictures(self.pictures, side=self.side, captions=stage.captions, keywords=self.keywords)


def gather_materials(config: TrainConfig, run: Path) -> Materials:
    """Reads the data that a configuration names.

    Raises:
        CaptionsFileError: A file is missing or malformed, or no picture has a caption.
    """
    sources = [read_captions(Path(source)) for source in config.images]
    pictures = [p for source in sources for p in source if p.split == "train" and p.captions]
    if not pictures:
        raise CaptionsFileError("none of the sources has a captioned picture in its split 'train'")
    text = read_sentences(Path(config.text)) if config.text else []
    tokenised = [[tokenize(caption) for caption in picture.captions] for picture in pictures]
    vocabulary = Vocabulary.count(
        [*(words for group in tokenised for words in group), *map(tokenize, text)],
        minimum=config.model.minimum_count,
        largest=config.model.vocabulary,
    )
    taught = any("text_teacher" in stage.objectives for stage in config.stages)
    return Materials(
        pictures=pictures,
        validation=select_split((p for p in sources[0] if p.captions), "val"),
        text=text,
        teacher=teacher_embeddings(text, run) if taught else torch.empty(0, 0),
        vocabulary=vocabulary,
        writable=min(len(vocabulary), config.model.writable),
        keywords=count_keywords(tokenised, largest=config.model.keywords),
        side=config.model.side,
    )


def start_network(config: TrainConfig, materials: Materials, *, pretrained: bool) -> CaptionNetwork:
    """Builds the network; with `pretrained`, its backbone starts from the configured or torchvision's weights."""
    backbone = build_backbone(config.model.backbone, pretrained=pretrained and not config.initial_weights)
    if pretrained and config.initial_weights:
        squares = [read_picture(picture.path, side=config.model.side) for picture in materials.pictures[:128]]
        calibration = ImageEncoder(backbone).normalize(torch.stack(squares))
        load_initial_weights(backbone, Path(config.initial_weights), calibration)
    return CaptionNetwork(config.model, backbone, words=len(materials.vocabulary), keywords=len(materials.keywords))
