"""The command line, a module for each command: it parses, asks the engine or a library once, and renders.

Public: `main`; `app.app` lists the commands.
"""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any, cast

WIDEST_POINTED_AT = 200
"""Characters of a query that is shown with its fault."""


def main() -> None:
    """Makes the process fit for the command line, and runs it."""
    from captioning.runtime.tuning import wait_asleep
    from search.cli.console import prepare_streams
    from search.cli.interrupts import keep_interrupts

    prepare_streams()
    keep_interrupts()
    wait_asleep()
    # A start makes objects by the hundred thousand, which stay: to look for garbage among them takes a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    try:
        run()
    finally:
        # What is left goes with the process: to look for garbage in it takes a tenth of a second.
        gc.freeze()


def run() -> None:
    """Runs the command line and turns every known error into one sentence and an exit code."""
    from captioning.runtime.devices import DeviceWarning
    from search.cli.app import app_of
    from search.cli.console import abandon_stdout, complain, set_loudness, stdout_obstacle
    from search.cli.exit_codes import ExitCode, known_errors

    # Pillow's remarks about odd metadata say nothing that a person could act on.
    warnings.filterwarnings("ignore", module="PIL")
    _say_plainly(DeviceWarning)
    set_loudness()
    try:
        try:
            app_of("".join(sys.argv[1:2]))()
        finally:
            # Here, where a reader that went away can be told from everything else.
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        abandon_stdout()
        sys.exit(ExitCode.FAILED)
    except Exception as error:
        if isinstance(error, OSError) and (obstacle := stdout_obstacle()):
            complain(f"imgsearch: stdout could not be written: {obstacle}")
            abandon_stdout()
            sys.exit(ExitCode.FAILED)
        code = next((code for kind, code in known_errors() if isinstance(error, kind)), None)
        if code is None:
            raise
        complain(f"imgsearch: {error}")
        _point_at(error)
        sys.exit(code)


def _point_at(error: Exception) -> None:
    """Shows a query that breaks the grammar, with a caret below the place."""
    from search.cli.console import complain
    from search.errors import QuerySyntaxError

    if isinstance(error, QuerySyntaxError) and error.text.isprintable() and len(error.text) < WIDEST_POINTED_AT:
        from rich.cells import cell_len

        complain(f"  {error.text}")
        complain(f"  {' ' * cell_len(error.text[: error.position])}^")


def _say_plainly(kind: type[Warning]) -> None:
    """Shows warnings of this kind as a sentence, without the line of the program that they come from."""
    from search.cli.console import complain

    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
        if issubclass(category, kind):
            complain(f"imgsearch: {message}")
        else:
            usual(message, category, *place, **options)

    warnings.showwarning = cast(Any, show)
