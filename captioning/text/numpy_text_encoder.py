"""The text tower of a model in NumPy alone, so that asking a question never waits for torch to load.

It reads words that the model never learnt as words near them; `captioning.text.out_of_vocabulary` finds those.

Axis legend: T words, E word size, H hidden size per direction, D joint size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captioning.errors import ModelFileError
from captioning.model_file import ModelFile, read_model_file, write_part
from captioning.outputs import ModelIdentity
from captioning.text.out_of_vocabulary import OutOfVocabularyWords, Substitute
from captioning.vocabulary import END, Vocabulary, tokenize

Array = NDArray[np.float32]

_ENCODER, _JOINT = "text_encoder.", "joint.text."
_ENCODER_TENSORS = {
    "embed.weight",
    *(
        f"lstm.{kind}_{way}"
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        for way in ("l0", "l0_reverse")
    ),
}
_JOINT_TENSORS = {f"{layer}.{kind}" for layer in ("straight", "inner", "outer") for kind in ("weight", "bias")}


class NumpyTextEncoder:
    """Computes what `CaptionNetwork.encode_text` computes, a sentence at a time, with substitutes for unknown words."""

    def __init__(self, file: ModelFile) -> None:
        """Reads the tensors of the text tower.

        Raises:
            ModelFileError: The file was damaged or changed, or lacks these tensors.
        """
        self.file = file
        self._out_of_vocabulary = OutOfVocabularyWords(file.vocabulary)
        encoder = file.tensors("np", prefix=_ENCODER)
        joint = file.tensors("np", prefix=_JOINT)
        if not (encoder.keys() >= _ENCODER_TENSORS and joint.keys() >= _JOINT_TENSORS):
            raise ModelFileError(f"the model {file.path} lacks tensors of its text encoder")
        # The table stays in half precision: only the rows of a question's words are ever widened.
        self._table = encoder.pop("embed.weight")
        self._lstm = _widen(encoder)
        # By rows of the hidden state: where a matrix comes from memory, this order of reading is a third quicker.
        self._recurrent = {
            way: np.ascontiguousarray(self._lstm.pop(f"lstm.weight_hh_{way}").T) for way in ("l0", "l0_reverse")
        }
        self._joint = _widen(joint)

    @classmethod
    def load(cls, path: Path | None = None) -> NumpyTextEncoder:
        """Loads the text tower of a model file, of the shipped one without a path.

        Raises:
            ModelFileError: The file is missing, damaged, or of another version.
        """
        return cls(read_model_file(path))

    @property
    def identity(self) -> ModelIdentity:
        """Which model answers."""
        return self.file.identity

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that it learnt."""
        return self.file.vocabulary

    def substitutes(self, sentence: str) -> dict[str, Substitute | None]:
        """The words of a sentence that the model never learnt, in order, each with what is read instead, if any."""
        unseen = dict.fromkeys(word for word in tokenize(sentence) if word not in self.file.vocabulary)
        return {word: self._out_of_vocabulary.substitute(word) for word in unseen}

    def unknown_words(self, sentence: str) -> list[str]:
        """The words of a sentence that the model never learnt and that nothing stands in for, in order."""
        return [word for word, substitute in self.substitutes(sentence).items() if substitute is None]

    def encode_text(self, sentences: Sequence[str]) -> Array:
        """Places sentences in the joint space: unit vectors (sentences, D), float32."""
        embeddings = np.empty((len(sentences), self.file.config.joint), np.float32)
        for row, sentence in enumerate(sentences):
            embeddings[row] = self._encode(sentence)
        return embeddings

    def _encode(self, sentence: str) -> Array:
        words = self._word_vectors(sentence)
        states = np.concatenate([self._run(words, "l0"), self._run(words[::-1], "l0_reverse")[::-1]], axis=1)
        return self._project(np.concatenate([states.mean(0), states.max(0)]))

    def _word_vectors(self, sentence: str) -> Array:
        """The vectors (T, E) of a sentence's words; one that is not known has the mean of its substitutes'."""
        vocabulary, substitutes = self.file.vocabulary, self.substitutes(sentence)
        read = [substitute.known if (substitute := substitutes.get(word)) else (word,) for word in tokenize(sentence)]
        ids = [vocabulary.encode(words) for words in read] or [[END]]
        return np.stack([self._table[rows].astype(np.float32).mean(0) for rows in ids])

    def _run(self, words: Array, name: str) -> Array:
        """Runs one direction of the LSTM over words (T, E); gives its states (T, H)."""
        inputs = words @ self._lstm[f"lstm.weight_ih_{name}"].T
        inputs += self._lstm[f"lstm.bias_ih_{name}"] + self._lstm[f"lstm.bias_hh_{name}"]
        recurrent = self._recurrent[name]
        hidden = np.zeros(len(recurrent), np.float32)
        cell = hidden.copy()
        states = np.empty((len(words), len(hidden)), np.float32)
        for time, row in enumerate(inputs):
            # Before the first word all is zero, and no product need be read from the largest matrix of the tower.
            gates = row + hidden @ recurrent if time else row
            (enter, forget, _, leave), candidate = _sigmoid(gates).reshape(4, -1), gates.reshape(4, -1)[2]
            cell = forget * cell + enter * np.tanh(candidate)
            hidden = leave * np.tanh(cell)
            states[time] = hidden
        return states

    def _project(self, pooled: Array) -> Array:
        weights = self._joint
        inner = np.maximum(weights["inner.weight"] @ pooled + weights["inner.bias"], 0)
        outer: Array = weights["outer.weight"] @ inner + weights["outer.bias"]
        outer += weights["straight.weight"] @ pooled + weights["straight.bias"]
        unit: Array = outer / max(float(np.linalg.norm(outer)), 1e-12)
        return unit


def save_text_encoder(file: ModelFile, path: Path) -> None:
    """Writes a model file that holds the text tower alone, to ask a model's vectors when the model has gone.

    Raises:
        ModelFileError: The file was damaged or changed since its header was read.
        OSError: The disk is full, or the folder takes no files.
    """
    write_part(file, path, [_ENCODER, _JOINT])


def _sigmoid(x: Array) -> Array:
    # The hyperbolic tangent never overflows.
    half: Array = np.float32(0.5) * x
    squashed: Array = np.float32(0.5) * (1 + np.tanh(half))
    return squashed


def _widen(tensors: Mapping[str, NDArray[np.float16]]) -> dict[str, Array]:
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
