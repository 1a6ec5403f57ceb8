"""Tells the threads of torch and FAISS to sleep while they wait for each other, instead of spinning."""

from __future__ import annotations

import os

VARIABLE = "OMP_WAIT_POLICY"
"""OpenMP reads it once, when its library is loaded."""


def wait_asleep() -> None:
    """Must be called before torch or FAISS is imported; what the environment says already stays.

    Where other work shares the processor, such as the threads that decode pictures or another program, a thread that
    spins takes the time of the one it waits for: with ten programs on two cores a network took four times the
    processor time, and twice to six times the time by the clock.
    """
    os.environ.setdefault(VARIABLE, "PASSIVE")
