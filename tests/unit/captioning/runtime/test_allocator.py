"""What a network frees stays with the process where the C library can keep it, and nowhere is that an error."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from captioning.runtime.allocator import keep_freed_memory

KEPT = """
import os, sys
import numpy as np
from captioning.runtime.allocator import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()
np.ones(50_000_000, dtype=np.uint8)
with open("/proc/self/statm") as figures:
    print(int(figures.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
"""


def has_glibc() -> bool:
    return sys.platform.startswith("linux") and "CS_GNU_LIBC_VERSION" in os.confstr_names


def resident(how: str) -> int:
    return int(subprocess.run([sys.executable, "-c", KEPT, how], check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(not has_glibc(), reason="the C library is not glibc")
def test_freed_memory_stays_with_the_process() -> None:
    assert resident("keep") - resident("return") > 40_000_000


def test_another_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory.__wrapped__()
