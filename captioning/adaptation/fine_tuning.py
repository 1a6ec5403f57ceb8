"""Fine-tunes what is small of a model on a person's sentences, and holds the rest where it was.

The backbone, the text encoder and its projection stay, so that a sentence of known words lies where it lay and what was
found by it is found. Replay (Robins 1995; Rolnick et al. 2019) of the model's own sentences about other pictures, and
distillation of where it places them and of its keywords (Li and Hoiem, "Learning without Forgetting", 2016), keep what
the person said nothing of.

Axis legend: B pictures, D joint size, K keywords.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import AdamW

from captioning.adaptation.adapted_model import AdaptedModel
from captioning.adaptation.examples import Examples
from captioning.adaptation.new_keywords import fit_keywords
from captioning.model_file import ModelFile
from captioning.network.image_encoder import ImageFeatures
from captioning.network.sentence_batches import encode_sentences, frame_ids, pad_ids
from captioning.text.keywords import keyword_targets
from captioning.training import losses
from captioning.training.optim import set_rates
from captioning.vocabulary import END, PAD, tokenize


@dataclass(frozen=True, slots=True)
class AdaptationConfig:
    """How much is learnt of corrections; what was measured stands in `captioning/TRAINING_LOG.md`.

    Attributes:
        epochs: Passes over the corrections.
        least_steps: Batches at least, where the corrections are few.
        batch: Corrections per step.
        replay_batch: Replayed pictures per step.
        writer_rate: Peak learning rate of the writer; at 0 it stays as it was, and new words are only read.
        joint_rate: Of the projection of pictures to the joint space.
        keyword_rate: Of the keyword head.
        new_rate: Of the rows of new words in the text encoder and the keyword head, which know nothing.
        replay: Weight of the model's own sentences about other pictures beside people's, times how many more there are:
            a name of ten photographs among three hundred must stay as rare as it is.
        distillation: Weight of where the model placed other pictures.
        smoothing: Share of probability that label smoothing spreads over all words.
        clip: Largest gradient norm of a part.
    """

    epochs: int = 5
    least_steps: int = 15
    batch: int = 32
    replay_batch: int = 16
    writer_rate: float = 3e-5
    joint_rate: float = 1e-4
    keyword_rate: float = 1e-4
    new_rate: float = 1e-3
    replay: float = 0.5
    distillation: float = 10.0
    smoothing: float = 0.1
    clip: float = 1.0


SORTED = 4
"""Batches whose sentences are sorted by length together."""

KEYWORD_WEIGHT = 0.02
"""Of the keywords' loss, a sum over hundreds of words, beside the others."""


def adapt(
    file: ModelFile,
    corrected: Examples,
    replayed: Examples,
    *,
    seed: int,
    config: AdaptationConfig | None = None,
) -> AdaptedModel:
    """Learns a person's sentences; the same seed and examples give the same model on the same machine.

    Args:
        file: The model to begin with.
        corrected: Pictures with the sentences of a person, at least one.
        replayed: Other pictures with the model's own sentences, at least one.
        seed: Of every random draw.
        config: How much is learnt.

    Raises:
        ModelFileError: The file was changed since it was written, or its tensors do not fit its configuration.
    """
    config = config or AdaptationConfig()
    model = AdaptedModel.start(file, corrected.sentences)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _FineTuning(model, corrected, replayed, config).run()
    return model


class _FineTuning:
    """One run, in place."""

    def __init__(self, model: AdaptedModel, corrected: Examples, replayed: Examples, config: AdaptationConfig) -> None:
        self._model, self._network, self._config = model, model.network, config
        self._parts = corrected, replayed
        self._others_share = max(1.0, len(replayed) / len(corrected))
        vocabulary = model.words.vocabulary
        tokens = [[tokenize(sentence) for sentence in part.sentences] for part in self._parts]
        rows = [[vocabulary.encode(words) or [END] for words in part] for part in tokens]
        self._framed = [frame_ids(part, writable=model.words.writable) for part in rows]
        self._read = pad_ids(rows[0])
        unread = torch.tensor(model.words.unread, dtype=torch.int64)
        self._has_unread = torch.isin(self._read, unread).any(1)
        # Of sentences without new words these stay, since the text encoder does.
        self._texts = [encode_sentences(self._network, part, vocabulary).clone() for part in tokens]
        with torch.no_grad():
            # Neither asks for the grid, which is large.
            pooled = [part.kept.pooled.float() for part in self._parts]
            self._places = self._network.joint.image(pooled[1])
            self._keywords = [self._network.keyword(part).sigmoid() for part in pooled]
        known = {word: index for index, word in enumerate(model.words.keywords)}
        for row, words in enumerate(tokens[0]):
            # What a person says is there is there; what they do not say may be there as much as before.
            self._keywords[0][row, keyword_targets([words], known)] = 1.0
        self._learns_to_read = torch.zeros(len(vocabulary), 1).index_fill(0, unread, 1.0)

    def run(self) -> None:
        """Trains, and leaves the network in evaluation mode."""
        network, config = self._network, self._config
        size = min(config.batch, len(self._parts[0]))
        steps = max(config.least_steps, config.epochs * math.ceil(len(self._parts[0]) / size))
        optimizer = self._optimizer()
        sizes = (size, min(config.replay_batch, len(self._parts[1])))
        draws = [_alike(framed, each) for framed, each in zip(self._framed, sizes, strict=True)]
        network.train()
        for step in range(steps):
            set_rates(optimizer, done=step / steps)
            loss = torch.stack(list(self._losses(*(next(draw) for draw in draws)).values())).sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            for group in optimizer.param_groups:
                # Each part by itself, so that one that has much to learn does not slow the others.
                nn.utils.clip_grad_norm_(group["params"], config.clip)
            optimizer.step()
        network.eval()
        fit_keywords(network, *self._parts, self._model.words)

    def _optimizer(self) -> AdamW:
        """Makes AdamW for what learns; of the text encoder that is the vectors of words that it never read."""
        network, config = self._network, self._config
        network.requires_grad_(False)
        read = network.text_encoder.embed.weight.requires_grad_(True)
        read.register_hook(lambda gradient: gradient * self._learns_to_read)  # type: ignore[no-untyped-call]
        groups = [{"params": [read], "peak": config.new_rate}]
        rates = {network.joint.image: config.joint_rate, network.keyword: config.keyword_rate}
        if config.writer_rate:
            rates[network.decoder] = config.writer_rate
        for part, rate in rates.items():
            groups.append({"params": list(part.requires_grad_(True).parameters()), "peak": rate})
        return AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0)

    def _losses(self, own: Tensor, others: Tensor) -> dict[str, Tensor]:
        """What is minimised for some corrections and some replayed pictures, by their rows; each a scalar."""
        network, config = self._network, self._config
        features = [part.kept.take(rows) for part, rows in zip(self._parts, (own, others), strict=True)]
        places = [network.encode_image(part) for part in features]
        written = {}
        if config.writer_rate:
            nll = [
                self._nll(part, place.detach(), framed[rows])
                for part, place, framed, rows in zip(features, places, self._framed, (own, others), strict=True)
            ]
            written = {"nll": nll[0], "replay": config.replay * self._others_share * nll[1]}
        texts = torch.cat([self._sentences(own), self._texts[1][others]])
        guesses = [
            losses.keyword(network.keyword_logits(part), target[rows])
            for part, target, rows in zip(features, self._keywords, (own, others), strict=True)
        ]
        return written | {
            "mmi": losses.mmi(torch.cat(places), texts, torch.arange(len(texts)), network.joint.scale),
            "distillation": config.distillation * losses.mimic(places[1], self._places[others]),
            "keyword": KEYWORD_WEIGHT * (guesses[0] + guesses[1]),
        }

    def _nll(self, features: ImageFeatures, places: Tensor, framed: Tensor) -> Tensor:
        framed = framed[:, : int((framed != PAD).sum(1).max())]
        logits = self._network.decoder(framed[:, :-1], self._network.decoder.encode_memory(features, places))
        return losses.nll(logits, framed[:, 1:], smoothing=self._config.smoothing)

    def _sentences(self, rows: Tensor) -> Tensor:
        """Where sentences of people lie, (rows, D): read anew where they have words that are being learnt."""
        texts = self._texts[0][rows]
        anew = self._has_unread[rows]
        if bool(anew.any()):
            texts[anew] = self._network.encode_text(self._read[rows[anew]])
        return texts


def _alike(framed: Tensor, size: int) -> Iterator[Tensor]:
    """Draws rows of sentences (B, T) without end, `size` at a time, all of them before any comes again.

    Those of one draw are about as long as each other, since each costs as much time as the longest.
    """
    lengths = (framed != PAD).sum(1)
    while True:
        order = torch.randperm(len(framed))[: len(framed) - len(framed) % size]
        parts = order.split(SORTED * size)  # type: ignore[no-untyped-call]
        chunks = [part[lengths[part].argsort(stable=True)] for part in parts]
        draws = [draw for chunk in chunks for draw in chunk.split(size)]
        yield from (draws[place] for place in torch.randperm(len(draws)).tolist())
