"""What a model is made of and how it is trained: frozen and validated."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from captioning.errors import ConfigurationError
from captioning.vocabulary import SPECIAL

MATCHING_OBJECTIVES = frozenset({"mmi", "triplet", "soft_target", "image_teacher"})
"""Those of the joint space."""
PICTURE_OBJECTIVES = MATCHING_OBJECTIVES | {"nll", "keyword", "scst"}
TEXT_OBJECTIVES = frozenset({"text_nll", "embedding_nll", "embedding_scst", "text_relation", "text_teacher"})
TAUGHT_OBJECTIVES = frozenset({"soft_target", "image_teacher", "text_teacher"})
"""Those that ask the joint teacher."""
NETWORK_PARTS = frozenset({"encoder", "text_encoder", "joint", "decoder", "keyword"})
EMBEDDING_OBJECTIVES = frozenset({"embedding_nll", "embedding_scst"})
"""Those of a decoder that reads embeddings of the joint space."""
ATTENTION_HEADS = 8


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Sizes of the network.

    Attributes:
        backbone: A name that `captioning.network.backbones.build_backbone` knows.
        encoder: `grid` takes the backbone's cells as they are, `crnn` reads each row of them with an LSTM.
        decoder: `attention` looks at the grid for every word, `plain` reads the pooled picture once.
        side: Pixels per side of the square input.
        word_size: Size of a word vector.
        hidden: Size of the decoder's LSTM states and of its attention; the heads share it evenly.
        text_hidden: Size of the text encoder's LSTM state, per direction.
        joint: D, the size of the joint space.
        dropout: Dropped share of activations, in [0, 1).
        vocabulary: The largest number of words the text encoder reads.
        writable: The largest number of ids the decoder writes with, the four special tokens among them.
        minimum_count: A word seen less often is unknown.
        keywords: Number of words in the annotation's list.
        embedding_cells: Cells that the decoder makes of the picture's embedding in the joint space, behind the grid's;
            with 0 it reads the grid alone.
        agreement_weight: How much a caption's likeness to the others of its beam counts for it when the best is chosen
            (`captioning.decoding.reranking`).
        nearness_weight: How much the inner product of a caption's embedding with the picture's counts for it there.
        prior_weight: How much a caption's own probability counts against it when the best of a beam is chosen, in
            [0, 1) (`captioning.decoding.reranking`); more than 0 only pays for a writer trained on text without
            pictures.
    """

    backbone: str = "mobilenet_edgetpu"
    encoder: str = "grid"
    decoder: str = "attention"
    side: int = 224
    word_size: int = 300
    hidden: int = 512
    text_hidden: int = 512
    joint: int = 512
    dropout: float = 0.3
    vocabulary: int = 12_000
    writable: int = 5_000
    minimum_count: int = 3
    keywords: int = 600
    prior_weight: float = 0.0
    embedding_cells: int = 0
    agreement_weight: float = 0.0
    nearness_weight: float = 0.0

    def __post_init__(self) -> None:
        for name in (
            "side",
            "word_size",
            "hidden",
            "text_hidden",
            "joint",
            "vocabulary",
            "writable",
            "keywords",
        ):
            if getattr(self, name) < 1:
                raise ConfigurationError(f"model.{name} must be at least 1, not {getattr(self, name)}")
        for name, known in (("encoder", ("grid", "crnn")), ("decoder", ("attention", "plain"))):
            if getattr(self, name) not in known:
                raise ConfigurationError(f"model.{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")
        if self.decoder == "attention" and self.hidden % ATTENTION_HEADS:
            raise ConfigurationError(f"model.hidden must be a multiple of {ATTENTION_HEADS}, not {self.hidden}")
        if self.writable <= len(SPECIAL):
            raise ConfigurationError(
                f"model.writable counts the {len(SPECIAL)} special tokens, so it must be more than {self.writable}"
            )
        if not 0 <= self.dropout < 1:
            raise ConfigurationError(f"model.dropout must lie in [0, 1), not {self.dropout}")
        self._check_choices()

    def _check_choices(self) -> None:
        if self.embedding_cells < 0 or (self.embedding_cells and self.decoder == "plain"):
            raise ConfigurationError(
                f"model.embedding_cells must be at least 0, and 0 for a plain writer, not {self.embedding_cells}"
            )
        for name in ("agreement_weight", "nearness_weight"):
            if getattr(self, name) < 0:
                raise ConfigurationError(f"model.{name} must be at least 0, not {getattr(self, name)}")
        if not 0 <= self.prior_weight < 1:
            raise ConfigurationError(f"model.prior_weight must lie in [0, 1), not {self.prior_weight}")


@dataclass(frozen=True, slots=True)
class StageConfig:
    """One stretch of training with its own objectives and rates.

    Attributes:
        name: What the log calls it.
        epochs: Passes over the pictures, or over the text in a stage without picture objectives.
        objectives: Weight of each objective, by name.
        rate: Peak learning rate of everything but the backbone.
        backbone_rate: Peak learning rate of the backbone; 0 freezes it.
        batch: Images per step.
        captions: Captions drawn per image and step.
        text_batch: Text-only captions per step, for objectives that use them.
        steps: The largest number of steps per epoch; 0 takes all there are.
        parts: Parts of the network that learn; empty for all of them.
        frozen: Beginnings of the names of parameters that do not learn, such as `encoder.backbone.0`.
        draws: Sentences drawn per image and step, for `scst`, and per sentence for `embedding_scst`.
        nearness: How much the inner product of a drawn sentence's embedding with the picture's counts in the reward of
            `scst`, beside CIDEr-D.
        borrow: How much CIDEr-D against the nearest sentences of the text counts in the reward of pictures that people
            captioned, people's captions counting 1.
        distortion: Magnitude of RandAugment, 0 to 30; 0 leaves it out.
        patience: The stage ends after this many epochs without a better validation score; 0 runs all epochs.
        grid_dropout: Share of the pictures of which the decoder reads the embedding alone, in [0, 1).
        noise: Length of the noise that is added to a sentence's embedding for `embedding_nll` and `embedding_scst`,
            between a third and all.
        extra: Share of the machine-written and uncaptioned pictures that an epoch draws, in [0, 1].
        renew_teacher: Whether the teacher is trained anew before the stage, seeing and reading with the network under
            training as well.
        validate_every: Epochs from one validation to the next; the last epoch is always validated.
    """

    name: str
    epochs: int
    objectives: dict[str, float]
    rate: float = 1e-3
    backbone_rate: float = 0.0
    batch: int = 96
    captions: int = 2
    text_batch: int = 0
    steps: int = 0
    parts: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    draws: int = 5
    nearness: float = 0.0
    borrow: float = 0.0
    distortion: int = 0
    patience: int = 0
    grid_dropout: float = 0.0
    noise: float = 1.0
    extra: float = 1.0
    renew_teacher: bool = False
    validate_every: int = 1

    def __post_init__(self) -> None:
        where = f"stage {self.name!r}"
        if not self.objectives:
            raise ConfigurationError(f"{where} has no objectives")
        _known(where, "objective", self.objectives, PICTURE_OBJECTIVES | TEXT_OBJECTIVES)
        _known(where, "part", self.parts, NETWORK_PARTS)
        if self.uses_text and self.text_batch < 2:
            raise ConfigurationError(f"{where} has text objectives, so text_batch must be at least 2")
        if min(self.epochs, self.captions, self.validate_every) < 1 or min(self.batch, self.draws) < 2:
            raise ConfigurationError(
                f"{where} needs epochs >= 1, captions >= 1, validate_every >= 1, batch >= 2 and draws >= 2"
            )
        self._check_rewards(where)
        if not 0 <= self.grid_dropout < 1:
            raise ConfigurationError(f"{where}: grid_dropout must lie in [0, 1), not {self.grid_dropout}")
        for name, high in (("distortion", 30), ("extra", 1)):
            if not 0 <= getattr(self, name) <= high:
                raise ConfigurationError(f"{where}: {name} must lie in [0, {high}], not {getattr(self, name)}")

    def _check_rewards(self, where: str) -> None:
        for name in ("noise", "nearness", "borrow"):
            if getattr(self, name) < 0:
                raise ConfigurationError(f"{where}: {name} must be at least 0, not {getattr(self, name)}")
        for name in ("nearness", "borrow"):
            if getattr(self, name) and "scst" not in self.objectives:
                raise ConfigurationError(f"{where}: {name} is a part of the reward, and needs the objective scst")
        if "embedding_scst" in self.objectives and (self.learns("text_encoder") or self.learns("joint.text")):
            raise ConfigurationError(
                f"{where} looks for near sentences once, for embedding_scst: freeze text_encoder and joint.text"
            )

    @property
    def uses_pictures(self) -> bool:
        """Whether any objective looks at pictures."""
        return not PICTURE_OBJECTIVES.isdisjoint(self.objectives)

    def learns(self, name: str) -> bool:
        """Whether `parts` and `frozen` let a part of the network, or a parameter, of that name learn."""
        chosen = not self.parts or name.partition(".")[0] in self.parts
        return chosen and not any(f"{name}.".startswith(f"{beginning}.") for beginning in self.frozen)

    @property
    def uses_text(self) -> bool:
        """Whether any objective reads captions without pictures."""
        return not TEXT_OBJECTIVES.isdisjoint(self.objectives)


@dataclass(frozen=True, slots=True)
class TeacherConfig:
    """A teacher of the joint space: frozen networks' features side by side, and a general sentence model.

    Attributes:
        space: A model file whose joint space is the teacher as it is; nothing else is trained then.
        models: Model files whose backbones it sees with.
        backbones: Further backbones by name, each with its file of initial weights.
        spaces: How many joint spaces are trained, each with a seed of its own; together they judge as one.
        epochs: Passes over the captioned pictures.
        batch: Pictures per step.
        rate: Peak learning rate.
    """

    space: str = ""
    models: tuple[str, ...] = ()
    backbones: dict[str, str] = field(default_factory=dict)
    spaces: int = 1
    epochs: int = 12
    batch: int = 384
    rate: float = 1e-3

    def __post_init__(self) -> None:
        if self.space and (self.models or self.backbones):
            raise ConfigurationError("a teacher is a `space` or sees with models and backbones, not both")
        if not (self.space or self.models or self.backbones):
            raise ConfigurationError("a teacher needs models or backbones to see with, or a space")
        if self.epochs < 1 or self.batch < 2 or self.spaces < 1:
            raise ConfigurationError("a teacher needs epochs >= 1, batch >= 2 and spaces >= 1")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run from data to model file.

    Attributes:
        name: Name of the model it makes.
        model: The network.
        stages: What is done, in order.
        images: Folders with a `captions.json`, or captions files.
        machine_written: Sources whose long captions are cut to their first sentence.
        uncaptioned: Whether pictures without captions take part, for objectives that need none.
        recount: Whether the vocabulary is counted anew where a training goes on from a model; what the model learnt
            of a word is kept.
        neighbours: How many sentences of `text` near a picture are asked what it shows, where people said nothing; 0
            asks none, and leaves such pictures without captions.
        teacher: The teacher that objectives ask; none without it.
        text: A file of captions without images, one a line, plain or gzipped; empty for none.
        start: A model file to go on from, with its network and words; empty starts afresh, by `model`. A table of
            model files with weights, which sum to 1, starts from the mean of their weights, and without stages makes
            that mean (model soups, Wortsman et al. 2022).
        initial_weights: A file of backbone weights, safetensors or torch's; empty takes torchvision's from its cache
            (the two mobile networks, which it lacks, then begin at random).
        seed: Of every random draw.
        weight_decay: AdamW's.
        clip: Largest gradient norm.
        smoothing: Share of probability that label smoothing spreads over all words.
        ema: Decay per step of the averaged weights that are kept; 0 keeps the last ones.
        threads: CPU threads of the network; 0 leaves torch's choice.
        checkpoint_minutes: Time between resumable checkpoints within an epoch.
    """

    name: str
    stages: tuple[StageConfig, ...]
    images: tuple[str, ...]
    model: ModelConfig = field(default_factory=ModelConfig)
    machine_written: tuple[str, ...] = ()
    uncaptioned: bool = False
    recount: bool = False
    neighbours: int = 0
    teacher: TeacherConfig | None = None
    text: str = ""
    start: str | dict[str, float] = ""
    initial_weights: str = ""
    seed: int = 1
    weight_decay: float = 0.02
    clip: float = 1.0
    smoothing: float = 0.1
    ema: float = 0.99
    threads: int = 0
    checkpoint_minutes: float = 5.0

    def __post_init__(self) -> None:
        if not self.stages and not isinstance(self.start, dict):
            raise ConfigurationError(
                "a training needs at least one [[stages]] table, or a table of models to `start` from"
            )
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ConfigurationError(f"two stages have the same name: {', '.join(names)}")
        if not self.images:
            raise ConfigurationError("a training needs `images`: folders with a captions.json")
        self._check_start()
        for stage in self.stages:
            reads = EMBEDDING_OBJECTIVES & stage.objectives.keys() or (stage.grid_dropout and "grid_dropout")
            if reads and not self.model.embedding_cells:
                raise ConfigurationError(
                    f"stage {stage.name!r} needs a decoder with model.embedding_cells of 1 or more"
                )
            self._check_rewards(stage)
            if self.teacher is None and (taught := sorted(TAUGHT_OBJECTIVES & stage.objectives.keys())):
                raise ConfigurationError(f"stage {stage.name!r} asks for {taught[0]}, which needs a [teacher] table")
            if stage.renew_teacher and (self.teacher is None or self.teacher.space):
                raise ConfigurationError(
                    f"stage {stage.name!r} trains the teacher anew: it needs a [teacher] that sees with networks"
                )
            copied = sorted({"image_teacher", "text_teacher"} & stage.objectives.keys())
            if copied and self.teacher and self.teacher.spaces > 1:
                raise ConfigurationError(f"stage {stage.name!r} asks for {copied[0]}: the teacher must have one space")

    def _check_start(self) -> None:
        if isinstance(self.start, dict):
            weights = list(self.start.values())
            if not all(isinstance(weight, (int, float)) for weight in weights) or abs(sum(weights) - 1) > 1e-6:
                raise ConfigurationError("the weights of the models in `start` must be numbers whose sum is 1")
        if self.neighbours and not (self.text and self.start and isinstance(self.start, str)):
            raise ConfigurationError("`neighbours` needs `text`, and a model to `start` from that knows what is near")

    def _check_rewards(self, stage: StageConfig) -> None:
        if "embedding_scst" in stage.objectives and not self.text:
            raise ConfigurationError(f"stage {stage.name!r} asks for embedding_scst, which needs `text`")
        if stage.borrow and not self.neighbours:
            raise ConfigurationError(f"stage {stage.name!r} has borrow, which needs `neighbours` to borrow from")
        if stage.nearness and self.teacher and not self.teacher.space:
            raise ConfigurationError(
                f"stage {stage.name!r} has nearness, which is measured in the model's own space: the teacher must be a "
                "`space`"
            )


def _known(where: str, noun: str, names: Iterable[str], allowed: Collection[str]) -> None:
    for name in names:
        if name not in allowed:
            raise ConfigurationError(f"{where}: unknown {noun} {name!r}; known are {', '.join(sorted(allowed))}")
