"""Tells what a model is, what it was made from and what it scores: inside its file, and in words beside it.

    python -m captioning.model_card runs/shipped/model.safetensors --notes captioning/recipes/shipped.notes.toml \
        --report flickr8k.json --report coco.json --out captioning/weights/imgsearch.safetensors

The reports are what `imgsearch eval --format json` prints.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from captioning.errors import CaptioningError, ConfigurationError, ConfigurationFileError
from captioning.model_file import read_model_file, write_model_file

NOTES = ("summary", "data", "weaknesses", "licences")
"""What a person writes about a model, each a text."""


def write_model_card(model: Path, notes: Path, reports: Sequence[Path], out: Path) -> Path:
    """Copies a model file with its card filled in, and writes the card as `README.md` beside the copy.

    Args:
        model: The file that a training left.
        notes: A TOML file with the texts of `NOTES`.
        reports: JSON files of measured scores.
        out: The copy.

    Returns:
        The README's path.

    Raises:
        ModelFileError: The model is missing or damaged.
        ConfigurationError: Notes or a report are missing, malformed or incomplete.
    """
    file = read_model_file(model)
    texts = _read(notes, tomllib.loads)
    if missing := [key for key in NOTES if not isinstance(texts.get(key), str)]:
        raise ConfigurationError(f"the notes {notes} lack {', '.join(missing)}")
    card = {
        **file.card,
        "notes": {key: texts[key].strip() for key in NOTES},
        "scores": [_read(report, json.loads) for report in reports],
    }
    write_model_file(
        out,
        file.tensors("pt"),
        name=file.name,
        config=file.config,
        vocabulary=file.vocabulary,
        keywords=file.keywords,
        card=card,
    )
    readme = out.with_name("README.md")
    readme.write_text(render_card(file.name, card), encoding="utf-8")
    return readme


def render_card(name: str, card: Mapping[str, Any], fit: Mapping[str, Any] | None = None) -> str:
    """The card of a model in Markdown.

    Args:
        name: The model's name.
        card: A `ModelFile`'s, filled in by `write_model_card`.
        fit: What `imgsearch calibrate` says of the probabilities that it fitted for the model, if it did.
    """
    notes, training, validation = card["notes"], card["training"], card["validation"]
    parts = [
        f"# Model card: {name}",
        notes["summary"],
        "## Made from",
        notes["data"],
        f"{_course(training)} The whole recipe is in the file's metadata.",
        "## Scores",
        "Through `imgsearch eval`; percent, but for CIDEr-D and perplexity. METEOR counts exact words only, without "
        "stems and synonyms, and does not compare with published figures.",
        _score_table(card["scores"]),
        "Chosen by validation: "
        f"rsum {100 * validation['rsum']:.1f}, image R@10 {100 * validation['image_recall_at_10']:.1f}, "
        f"greedy BLEU-4 {100 * validation['bleu_4']:.1f}, greedy CIDEr-D {validation['cider_d']:.3f}.",
        "## Known weaknesses",
        notes["weaknesses"],
        *(_probabilities(fit) if fit else ()),
        "## Licences of the data",
        notes["licences"],
    ]
    return "\n\n".join(parts) + "\n"


def _course(training: Mapping[str, Any]) -> str:
    if stages := [f"{stage['name']} ({stage['epochs']} epochs)" for stage in training["stages"]]:
        return f"Seed {training['seed']}, stages: {', '.join(stages)}."
    return f"The mean of {' and '.join(f'{weight:g} of {file}' for file, weight in training['start'].items())}."


def _probabilities(fit: Mapping[str, Any]) -> list[str]:
    return [
        "## Probabilities",
        "A file beside the model makes probabilities of its inner products and says where hits end, so that a question "
        f"which nothing answers gets none. `imgsearch calibrate` fitted it on the {fit['split']} pictures of "
        f"{' and '.join(fit['data'])} with seed {fit['seed']}: {fit['queries']:,} judged queries over "
        f"{fit['photographs']:,} photographs. Of the queries that something answers "
        f"{100 * fit['answered_and_something_shown']:.0f} % are shown something, of the others "
        f"{100 * fit['unanswered_and_nothing_shown']:.0f} % nothing.",
    ]


def _score_table(reports: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        ["measure", *(f"{report['data']} {report['split']} ({report['images']})" for report in reports)],
        ["---"] * (len(reports) + 1),
        *([name, *(values(report) for report in reports)] for name, values in _MEASURES.items()),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _percent(*values: float) -> str:
    return " ".join(f"{100 * value:.1f}" for value in values)


def _recalls(scores: Mapping[str, float]) -> str:
    return _percent(*(scores[f"recall_at_{k}"] for k in (1, 5, 10)))


_MEASURES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "image retrieval R@1/5/10": lambda report: _recalls(report["image_retrieval"]),
    "caption retrieval R@1/5/10": lambda report: _recalls(report["caption_retrieval"]),
    "rsum": lambda report: _percent(report["rsum"]),
    "BLEU-1..4": lambda report: _percent(*(report[f"bleu_{n}"] for n in (1, 2, 3, 4))),
    "CIDEr-D": lambda report: f"{report['cider_d']:.3f}",
    "ROUGE-L": lambda report: _percent(report["rouge_l"]),
    "METEOR, exact": lambda report: _percent(report["meteor_exact"]),
    "keywords, precision/recall": lambda report: _percent(*(report["keywords"][k] for k in ("precision", "recall"))),
}


def _read(path: Path, parse: Any) -> dict[str, Any]:
    try:
        content = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationFileError(f"{path} could not be read: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} does not hold a table")
    return content


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 1 says that it failed."""
    parser = argparse.ArgumentParser(description="Fills in a model's card.")
    parser.add_argument("model", type=Path)
    parser.add_argument("--notes", type=Path, required=True)
    parser.add_argument("--report", type=Path, action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    try:
        print(write_model_card(given.model, given.notes, given.report, given.out))
    except CaptioningError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
