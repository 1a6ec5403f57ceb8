"""`imgsearch tui`: the terminal browser."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, NoReturn, cast

import typer

from search.cli.console import complain, say
from search.cli.exit_codes import ExitCode
from search.cli.options import OWN_MODEL, DeviceOption, LibraryOption, ModelOption, index_gpu, model_path

if TYPE_CHECKING:
    from textual.app import App


def tui(
    *,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Opens the browser, to look, search and correct.

    It takes the keyboard and the mouse. A library that does not exist yet is made, and the first screen says how to
    fill it.

    Example: imgsearch tui
    """
    # All three: keys come from the first, pictures are asked for on the second, and everything is drawn on the third.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        complain("imgsearch: the browser needs a terminal; for scripts there are: imgsearch query, imgsearch review")
        raise typer.Exit(ExitCode.USAGE)
    import asyncio

    from captioning.runtime.devices import choose_device
    from index_data.addresses import library_address
    from index_data.library import Library
    from index_data.locations import config_file
    from index_data.settings import read_settings
    from search.output.typed_ahead import keep_typed

    chosen, settings = choose_device(device), read_settings(config_file())
    with keep_typed() as typed, Library.open(library_address(library), create=True, gpu=index_gpu(chosen)) as opened:
        # What draws pictures asks the terminal what it can do, and must do so before the app takes the terminal.
        from search.tui.app import ImgsearchApp

        app = ImgsearchApp(opened, model_path(model, opened), chosen, settings)
        app.shorten_pauses = True
        app.typed = typed
        _say_in(app)
        # With a loop of its own: Textual's would wait for threads that load a model or describe a batch.
        app.run(loop=asyncio.new_event_loop())
    if app.unfinished:
        say(app.unfinished)
    _leave(app.return_code or 0)


def _say_in(app: App[None]) -> None:
    """Shows what is said of devices in the browser, which has the terminal as long as it runs."""
    from captioning.runtime.devices import DeviceWarning

    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
        if app.is_running and issubclass(category, DeviceWarning):
            sentence = str(message)
            app.notify(sentence[:1].upper() + sentence[1:], severity="warning", markup=False)
        else:
            usual(message, category, *place, **options)

    warnings.showwarning = cast(Any, show)


def _leave(code: int) -> NoReturn:
    """Ends the process without waiting for threads: what was asked is stored, and what is under way is not needed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
