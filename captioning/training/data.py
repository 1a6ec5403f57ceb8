"""Gathers what a training works on: pictures, text, vocabulary, keywords, teacher, and a network to start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from captioning.config import ModelConfig, StageConfig, TrainConfig
from captioning.errors import CaptionsFileError, ModelFileError
from captioning.model_file import ModelFile
from captioning.network.backbones import build_backbone
from captioning.network.image_encoder import ImageEncoder
from captioning.network.initial_weights import load_initial_weights
from captioning.network.model import CaptionNetwork
from captioning.text.keywords import count_keywords
from captioning.text.out_of_vocabulary import OutOfVocabularyWords
from captioning.training.batches import TrainingPictures
from captioning.training.consensus import speak_for
from captioning.training.datasets import CaptionedImage, read_captions, read_sentences, shorten
from captioning.training.pictures import DecodedPictures
from captioning.training.scst import CaptionRewards
from captioning.training.start import read_start, start_weights
from captioning.training.teacher import Learner, Teacher, train_teacher
from captioning.training.text_teacher import teacher_embeddings
from captioning.vocabulary import SPECIAL, Vocabulary, tokenize

LABEL_WEIGHT = 5
"""How many captions a label counts for."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Everything read before the first step.

    Attributes:
        pictures: Training pictures of all sources: first those that people captioned, then the extra ones.
        captioned: How many of them people captioned.
        validation: Captioned validation pictures of the first source that has any.
        sentences: The captions of all pictures in order, then captions without pictures.
        relations: Unit vectors (sentences, size), float16, of a general sentence model; empty when nobody asks.
        teacher: Where a teacher puts pictures and sentences; None when no stage asks for it.
        weights: How much each caption of the pictures counts; None for all alike.
        vocabulary: Words of the training captions and the text.
        writable: How many of the vocabulary's ids the decoder writes with.
        keywords: Words of the annotation.
        side: Pixels per side of the square input.
        rewards: What drawn sentences are worth; None when no stage asks for it.
        pixels: Of the training pictures.
        validation_pixels: Of the validation pictures.
    """

    pictures: Sequence[CaptionedImage]
    captioned: int
    validation: Sequence[CaptionedImage]
    sentences: Sequence[str]
    relations: Tensor
    teacher: Teacher | None
    weights: Sequence[float] | None
    vocabulary: Vocabulary
    writable: int
    keywords: Sequence[str]
    side: int
    rewards: CaptionRewards | None
    pixels: DecodedPictures
    validation_pixels: DecodedPictures

    @property
    def text(self) -> Sequence[str]:
        """The captions without pictures."""
        return self.sentences[sum(len(picture.captions) for picture in self.pictures) :]

    def training(self, stage: StageConfig) -> TrainingPictures:
        """The training pictures, as the stage draws them."""
        return TrainingPictures(
            self.pictures,
            side=self.side,
            captions=stage.captions,
            keywords=self.keywords,
            weights=self.weights,
            distortion=stage.distortion,
            held=self.pixels.held,
        )

    def taught_by(self, teacher: Teacher) -> TrainingData:
        """The same, with another teacher."""
        return replace(self, teacher=teacher, weights=weigh_pairs(self.pictures, teacher))


def retaught(config: TrainConfig, training_data: TrainingData, run: Path, learner: Learner) -> Teacher:
    """Trains the teacher anew, seeing and reading with the network under training as well.

    Raises:
        ConfigurationError: No teacher is configured, or a backbone or the sentence model is not there.
        ModelFileError: A model or weights file is damaged or does not fit.
    """
    assert training_data.teacher is not None
    taught = training_data.sentences[: len(training_data.teacher.sentences)]
    return train_teacher(config, training_data.pictures, training_data.pixels, taught, run, learner=learner)


def gather_training_data(config: TrainConfig, run: Path, *, device: torch.device) -> TrainingData:
    """Reads the data that a configuration names.

    Raises:
        CaptionsFileError: A file is missing or malformed, or no picture has a caption.
    """
    sources = [read_captions(Path(source)) for source in config.images]
    captioned = [p for source in sources for p in source if p.split == "train" and p.captions]
    if not captioned:
        raise CaptionsFileError("none of the sources has a captioned picture in its split 'train'")
    pictures = [*captioned, *_extra_pictures(config, sources)]
    text = read_sentences(Path(config.text)) if config.text else []
    sentences = [*(caption for picture in pictures for caption in picture.captions), *text]
    tokenised = [[tokenize(caption) for caption in picture.captions] for picture in pictures]
    former = read_start(config.start) if config.start else None
    if former and not config.recount:
        vocabulary, keywords = former.vocabulary, former.keywords
    else:
        # A label counts like the captions that people would have written.
        labels = [[tokenize(picture.label)] * LABEL_WEIGHT for source in sources for picture in source if picture.label]
        counted = [*tokenised, *labels]
        vocabulary = Vocabulary.count(
            [*(words for group in counted for words in group), *map(tokenize, text)],
            minimum=config.model.minimum_count,
            largest=config.model.vocabulary,
        )
        keywords = tuple(count_keywords(counted, largest=config.model.keywords))
    references = [picture.captions for picture in captioned]
    side = config.model.side
    pixels = DecodedPictures([picture.path for picture in pictures], side=side, device=device)
    borrowed: Sequence[Sequence[str]] = ()
    if config.neighbours:
        pictures, near = speak_for(pictures, pixels, captioned=len(captioned), text=text, config=config, folder=run)
        references += near[len(near) - len(pictures) + len(captioned) :]
        borrowed = near[: len(near) - len(pictures) + len(captioned)]
        sentences = [*(caption for picture in pictures for caption in picture.captions), *text]
    objectives = {name for stage in config.stages for name in stage.objectives}
    validation = _validation_pictures(sources)
    # Text alone is read by the teacher only if somebody asks what it makes of it.
    taught = sentences if "text_teacher" in objectives else sentences[: len(sentences) - len(text)]
    teacher = train_teacher(config, pictures, pixels, taught, run) if config.teacher else None
    return TrainingData(
        pictures=pictures,
        captioned=len(captioned),
        validation=validation,
        sentences=sentences,
        relations=teacher_embeddings(sentences, run, device=device)
        if "text_relation" in objectives
        else torch.empty(0, 0),
        teacher=teacher,
        weights=weigh_pairs(pictures, teacher) if teacher else None,
        vocabulary=vocabulary,
        writable=min(len(vocabulary), config.model.writable),
        keywords=keywords,
        side=side,
        rewards=CaptionRewards(references, vocabulary, captioned=len(captioned), borrowed=borrowed)
        if not objectives.isdisjoint({"scst", "embedding_scst"})
        else None,
        pixels=pixels,
        validation_pixels=DecodedPictures([picture.path for picture in validation], side=side, device=device),
    )


def _validation_pictures(sources: Sequence[Sequence[CaptionedImage]]) -> list[CaptionedImage]:
    """One collection measures alone, so that its figures can be compared; others may have no or other splits."""
    for source in sources:
        if pictures := [picture for picture in source if picture.split == "val" and picture.captions]:
            return pictures
    raise CaptionsFileError(
        "none of the sources has a captioned picture in its split 'val', to choose the best model by"
    )


def weigh_pairs(pictures: Sequence[CaptionedImage], teacher: Teacher) -> list[float]:
    """Weighs each caption by how well the teacher finds that it fits its picture.

    A pair that fits as well as the median pair or better counts 1, a worse one its share of the median cosine.
    """
    owner = torch.tensor([index for index, picture in enumerate(pictures) for _ in picture.captions])
    fit = (teacher.images[owner].float() * teacher.sentences[: len(owner)].float()).sum(1)
    weights: list[float] = (fit / fit.median()).clamp(0.0, 1.0).tolist()
    return weights


def _extra_pictures(config: TrainConfig, sources: Sequence[Sequence[CaptionedImage]]) -> list[CaptionedImage]:
    """Pictures with a machine's captions, cut short, then those without any caption."""
    written = [
        CaptionedImage(p.path, p.split, tuple(shorten(caption) for caption in p.captions))
        for source in config.machine_written
        for p in read_captions(Path(source))
        if p.split == "train" and p.captions
    ]
    bare = [p for source in sources for p in source if p.split in ("train", "unlabelled") and not p.captions]
    # A source that is named twice counts twice by what people wrote alone.
    return [*written, *(dict.fromkeys(bare) if config.uncaptioned else [])]


def start_network(config: TrainConfig, training_data: TrainingData, *, pretrained: bool) -> CaptionNetwork:
    """Builds the network; with `pretrained`, it starts from the former model or its backbone from initial weights.

    Raises:
        ModelFileError: The former model or the initial weights are damaged or do not fit the configuration.
    """
    if pretrained and config.start:
        former = read_start(config.start)
        if _sizes(former.config) != _sizes(config.model):
            raise ModelFileError(f"the model {former.path} has other sizes than the configuration asks for")
        learnt = start_weights(config.start)
        return _continued(former, learnt, config.model, training_data.vocabulary, training_data.keywords)
    backbone = build_backbone(config.model.backbone, pretrained=pretrained and not config.initial_weights)
    if pretrained and config.initial_weights:
        squares = training_data.pixels.take(torch.arange(min(128, len(training_data.pixels)))).cpu()
        calibration = ImageEncoder(backbone).normalize(squares)
        load_initial_weights(backbone.features, Path(config.initial_weights), calibration)
    return CaptionNetwork(
        config.model, backbone, words=len(training_data.vocabulary), keywords=len(training_data.keywords)
    )


def _sizes(config: ModelConfig) -> ModelConfig:
    """The configuration without what a training may add to a network or change about its choices."""
    return replace(config, prior_weight=0.0, agreement_weight=0.0, nearness_weight=0.0, embedding_cells=0)


@torch.no_grad()
def _continued(
    former: ModelFile,
    learnt: dict[str, Tensor],
    config: ModelConfig,
    vocabulary: Vocabulary,
    keywords: Sequence[str],
) -> CaptionNetwork:
    """The former network with the new configuration's parts and words: what it learnt of each word is carried over.

    A word that the former model did not know is read at first as that model read it, by its substitutes.
    """
    backbone = build_backbone(config.backbone)
    network = CaptionNetwork(config, backbone, words=len(vocabulary), keywords=len(keywords))
    outside = OutOfVocabularyWords(former.vocabulary)
    sources: list[list[int]] = [[special] for special in range(len(SPECIAL))]
    for word in vocabulary.words:
        substitute = None if word in former.vocabulary else outside.substitute(word)
        sources.append(former.vocabulary.encode(substitute.known if substitute else (word,)))
    read = learnt["text_encoder.embed.weight"]
    learnt["text_encoder.embed.weight"] = torch.stack([read[source].mean(0) for source in sources])
    state = network.state_dict()
    for name in ("decoder.embed.weight", "decoder.output.weight", "decoder.output.bias"):
        rows, before = state[name], learnt[name]
        if rows.ndim == 1:
            # A new word is at first as improbable as the rarest.
            rows.fill_(float(before[-max(1, len(before) // 16) :].mean()))
        for row, word in enumerate(vocabulary.words[: len(rows) - len(SPECIAL)], start=len(SPECIAL)):
            if word in former.vocabulary and (source := former.vocabulary.encode([word])[0]) < len(before):
                rows[row] = before[source]
        rows[: len(SPECIAL)] = before[: len(SPECIAL)]
        learnt[name] = rows
    for name in ("keyword.1.weight", "keyword.1.bias"):
        rows, before = state[name], learnt[name]
        # So is a new keyword.
        rows.fill_(0.0 if rows.ndim > 1 else float(before.min()))
        for row, word in enumerate(keywords):
            if word in former.keywords:
                rows[row] = before[former.keywords.index(word)]
        learnt[name] = rows
    network.load_state_dict({**state, **learnt})
    return network
