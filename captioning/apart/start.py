"""Starts a module of this program as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def start_module(module: str, *arguments: str, environment: dict[str, str], **options: Any) -> subprocess.Popen[bytes]:
    """Starts a module that runs as a program.

    Args:
        module: Its name.
        arguments: What it is given.
        environment: What it finds in the environment beside what this process does.
        options: As `subprocess.Popen` takes them.

    Raises:
        OSError: The system starts no more processes.
    """
    # What lies in the current folder is no part of the program, unless the program lies there.
    places = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": places, **environment},
        # What interrupts this program at the terminal says nothing against the other's work.
        start_new_session=True,
        **options,
    )
