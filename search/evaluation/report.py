"""How the figures of an evaluation read: rows of a table, and a page that needs no other file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from captioning.metrics import Reliability
from search.evaluation.evaluation import EvaluationFinished, Example
from search.output.html import inline_picture, write_page

EXAMPLES_SHOWN = 12
"""How many of the best and of the worst captions the page shows."""


def figure_rows(report: dict[str, Any]) -> list[list[str]]:
    """Names and values of the figures; fractions are shown as percentages and ranks count from 1, as in papers."""
    rows = [[name, str(report[name])] for name in ("model", "data", "split", "images", "captions")]
    for side in ("image_retrieval", "caption_retrieval"):
        scores = report[side]
        recalls = " ".join(_percent(scores[f"recall_at_{k}"]) for k in (1, 5, 10))
        rows.append([f"{side.replace('_', ' ')} R@1/5/10", recalls])
        rows.append([f"{side.replace('_', ' ')} median rank", f"{scores['median_rank']:.1f}"])
    rows.append(["rsum", _percent(report["rsum"])])
    rows.append(["BLEU-1..4", " ".join(_percent(report[f"bleu_{n}"]) for n in (1, 2, 3, 4))])
    rows.append(["ROUGE-L", _percent(report["rouge_l"])])
    rows.append(["CIDEr-D", f"{report['cider_d']:.3f}"])
    rows.append(["METEOR, exact words only", _percent(report["meteor_exact"])])
    keywords = report["keywords"]
    figures = " ".join(_percent(keywords[name]) for name in ("precision", "recall", "f1"))
    rows.append(["keywords, precision/recall/F1", figures])
    words = report["next_word"]
    rows.append(["next word, perplexity", f"{words['perplexity']:.2f}"])
    rows.append(["next word, accuracy", _percent(words["accuracy"])])
    rows.append(["next word, expected calibration error", _percent(words["expected_calibration_error"])])
    return rows + _relevance_rows(report["relevance"])


def _relevance_rows(measured: dict[str, Any] | None) -> list[list[str]]:
    if measured is None:
        return [["probability of hits", "not measured: it needs imgsearch calibrate, and the extra `train`"]]
    names = {
        "expected_calibration_error": "probability of hits, expected calibration error",
        "something_shown_where_something_matches": "something shown where something matches",
        "nothing_shown_where_nothing_matches": "nothing shown where nothing matches",
        "nothing_shown_for_nonsense": "nothing shown for nonsense",
    }
    rows = [[shown, _percent(measured[name])] for name, shown in names.items()]
    for name, shown in (("vectors", "by vectors alone"), ("all", "by all features")):
        recalls = " ".join(_percent(measured[f"own_photograph_by_{name}"][f"recall_at_{k}"]) for k in (1, 5, 10))
        rows.append([f"sentences find their photograph {shown}, R@1/5/10", recalls])
    return rows


def write_report(path: Path, finished: EvaluationFinished) -> None:
    """Writes one HTML page: the figures, a reliability diagram, the best and the worst captions with their pictures.

    Raises:
        PageError: The page cannot be written there.
    """
    shown = min(EXAMPLES_SHOWN, (len(finished.examples) + 1) // 2)
    write_page(
        path,
        "evaluation.html",
        rows=figure_rows(finished.report),
        title=f"{finished.report['model']} on {finished.report['data']}, {finished.report['split']}",
        diagrams=_diagrams(finished),
        groups=[
            ("Closest to what people wrote", _cards(finished.examples[:shown])),
            ("Farthest from it", _cards(finished.examples[: -shown - 1 : -1])),
        ],
    )


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f}"


def _diagrams(finished: EvaluationFinished) -> list[dict[str, Any]]:
    words = (
        "Reliability of the next word",
        finished.next_words,
        "how often it is right (height, in percent) among words of which the writer is so sure (left to right, in "
        "percent). A writer that knows what it knows keeps to the dashed line.",
    )
    hits = (
        "Reliability of hits",
        finished.relevance,
        "how often a photograph is relevant (height, in percent) among the first hits said to be so likely (left to "
        "right, in percent).",
    )
    return [
        {"label": label, "bars": _bars(reliability), "caption": caption}
        for label, reliability, caption in (words, hits)
        if reliability is not None
    ]


def _bars(reliability: Reliability) -> list[dict[str, float]]:
    """The bars of the reliability diagram, in percent of its width and height."""
    width = 100 / len(reliability.count)
    share = 100 * reliability.count / reliability.count.sum()
    return [
        {
            "left": number * width,
            "width": width,
            "confidence": 100 * float(reliability.confidence[number]),
            "accuracy": 100 * float(reliability.accuracy[number]),
            "share": float(share[number]),
        }
        for number in range(len(reliability.count))
    ]


def _cards(examples: Sequence[Example]) -> list[dict[str, Any]]:
    return [{"example": example, "picture": inline_picture(example.path)} for example in examples]
