"""The command line, a module for each command: it parses, asks the engine or a library once, and renders.

Public: `main`; `app.app` lists the commands.
"""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any, cast


def main() -> None:
    """Makes the process fit for the command line, and runs it."""
    from captioning.runtime.tuning import wait_asleep
    from search.cli.console import prepare_streams

    prepare_streams()
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
    from search.cli.app import app
    from search.cli.console import abandon_stdout, say, stdout_obstacle
    from search.cli.exit_codes import ExitCode, known_errors

    # Pillow's remarks about odd metadata say nothing that a person could act on.
    warnings.filterwarnings("ignore", module="PIL")
    _say_plainly(DeviceWarning)
    try:
        try:
            app()
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
            say(f"imgsearch: stdout could not be written: {obstacle}")
            abandon_stdout()
            sys.exit(ExitCode.FAILED)
        code = next((code for kind, code in known_errors() if isinstance(error, kind)), None)
        if code is None:
            raise
        say(f"imgsearch: {error}")
        sys.exit(code)


def _say_plainly(kind: type[Warning]) -> None:
    """Shows warnings of this kind as a sentence, without the line of the program that they come from."""
    from search.cli.console import say

    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
        if issubclass(category, kind):
            say(f"imgsearch: {message}")
        else:
            usual(message, category, *place, **options)

    warnings.showwarning = cast(Any, show)
