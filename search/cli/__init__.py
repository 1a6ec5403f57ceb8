"""The command line: each command parses, asks the engine or a library once, and renders."""

from __future__ import annotations

import os
import sys
import warnings


def main() -> None:
    """Runs the command line and turns every known error into one sentence and an exit code."""
    from search.cli.app import app
    from search.cli.console import say
    from search.cli.exit_codes import ExitCode, known_errors

    # Pillow's remarks about odd metadata say nothing that a person could act on.
    warnings.filterwarnings("ignore", module="PIL")
    try:
        try:
            app()
        finally:
            # Here, where a reader that went away can be told from everything else.
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Python flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.FAILED)
    except Exception as error:
        code = next((code for kind, code in known_errors() if isinstance(error, kind)), None)
        if code is None:
            raise
        say(f"imgsearch: {error}")
        sys.exit(code)
