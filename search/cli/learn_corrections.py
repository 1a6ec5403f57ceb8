"""The part of `imgsearch learn` that is about corrections: the model takes them, is measured, and can go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from search.cli.console import progress_bar, say
from search.cli.exit_codes import ExitCode
from search.cli.render import print_json, print_table
from search.output.learning_words import gains, learnt_rows, model_record
from search.output.printable import counted

if TYPE_CHECKING:
    from pathlib import Path

    from index_data.library import Library
    from search.evaluation.learning import LearningFinished


def learn_from_corrections(library: Library, *, base: Path | None, dry_run: bool, seed: int) -> LearningFinished:
    """Has a model, the shipped one without a path, learn from what people confirmed, and draws the bar.

    Raises:
        TooLittleToLearnError: There are too few corrections, or other photographs.
    """
    from search.evaluation.learning import LearningFinished, learn_corrections
    from search.evaluation.learning_trial import LearningProgressed

    finished: LearningFinished | None = None
    with progress_bar("steps") as progress:
        task = progress.add_task("looking at photographs", total=None)
        for event in learn_corrections(library, base=base, seed=seed, dry_run=dry_run):
            match event:
                case LearningProgressed():
                    progress.update(task, description=event.doing, completed=event.done, total=event.total)
                case LearningFinished():
                    finished = event
    assert finished is not None, "learning always ends with LearningFinished"
    return finished


def show_learning(finished: LearningFinished) -> None:
    """Prints what was measured."""
    from search.evaluation.learning_scores import table

    rows = [[before, after, name] for name, before, after in table(finished.before, finished.after)]
    print_table(["before", "after", "measure"], rows, figures=2)


def tell_learning(finished: LearningFinished, *, dry_run: bool) -> None:
    """Says what changed."""
    if finished.new_words:
        say(f"New words: {', '.join(finished.new_words)}.")
    learnt = f"what was learnt from {counted(finished.corrections, 'correction')}"
    if not finished.better:
        say(f"The model that it began with is no worse than {learnt}; nothing changes.")
        return
    if finished.left_out:
        say(f"Left as they were, since they would be no better: {' and '.join(finished.left_out)}.")
    if dry_run:
        say(f"Better is {learnt}; keep it with: imgsearch learn")
    else:
        say(
            f"Model {finished.number} is {learnt}, and is used from now on; "
            "describe the photographs by it with: imgsearch index"
        )
        say("It holds names and words of yours; imgsearch learn --forget removes it.")


def learning_record(finished: LearningFinished) -> dict[str, Any]:
    """What was measured and what changed, as JSON values."""
    return {
        "corrections": finished.corrections,
        "new_words": list(finished.new_words),
        "before": finished.before.as_record(),
        "after": finished.after.as_record(),
        "better": finished.better,
        "left_out": list(finished.left_out),
        "number": finished.number,
    }


def list_learnt(library: Library, *, as_json: bool) -> ExitCode:
    """Shows the models that the library learnt, and which is used."""
    from index_data.learnt_models import SHIPPED_NUMBER, LearntModels

    models = LearntModels(library)
    learnt, used = [models.read(number) for number in models.numbers()], models.used()
    if as_json:
        print_json([{**model_record(model), "used": model.number == used} for model in learnt])
    else:
        rows = learnt_rows(learnt, used=used)
        print_table(["number", "used", "learnt", "corrections", "gained"], rows, figures=1)
    if not learnt:
        say("Nothing is learnt yet.")
    return ExitCode.OK if learnt or used != SHIPPED_NUMBER else ExitCode.NOTHING_FOUND


def use_learnt(library: Library, number: int) -> None:
    """Has a learnt model, or with 0 the shipped one, describe and answer from now on.

    Raises:
        LearntModelError: There is none of this number.
    """
    from index_data.learnt_models import SHIPPED_NUMBER, LearntModels

    models = LearntModels(library)
    with models.learning():
        models.use(number)
    which = "The model that ships" if number == SHIPPED_NUMBER else f"Model {number} ({gains(models.read(number))})"
    say(f"{which} is used from now on; describe the photographs by it with: imgsearch index")


def forget_learnt(library: Library) -> None:
    """Removes all that the model learnt from corrections; people's words stay."""
    from index_data.learnt_models import LearntModels

    models = LearntModels(library)
    if not models.numbers():
        say("Nothing is learnt yet.")
        return
    with models.learning():
        count = models.forget()
    say(
        f"Removed {counted(count, 'learnt model')}; the model that ships is used from now on. "
        "What the last one said of photographs goes with the next: imgsearch index"
    )
