"""An interrupt that Python passes over, since it came while an object's finalizer ran, comes again."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from contextlib import suppress

SOON = 0.01
"""Seconds after which it comes again: what passed it over has ended by then."""


def keep_interrupts() -> None:
    """Has an interrupt that was raised where Python ignores errors, as in a finalizer, come again from outside it."""
    usual = sys.unraisablehook

    def tell(unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            usual(unraisable)
            return
        again = threading.Timer(SOON, _interrupt)
        again.daemon = True
        # A process that is ending takes no more threads.
        with suppress(RuntimeError):
            again.start()

    sys.unraisablehook = tell


def _interrupt() -> None:
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        # A signal of the system, so that what waits for it wakes up.
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()
