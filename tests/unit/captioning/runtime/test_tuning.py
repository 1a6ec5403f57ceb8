"""Threads sleep while they wait; what a network frees stays with the process where the C library can keep it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from captioning.lazy_captioner import LazyCaptioner
from captioning.runtime.tuning import give_back_freed_memory, keep_freed_memory

ASK = """
import os
from captioning.lazy_captioner import LazyCaptioner
import sys
assert "torch" not in sys.modules
captioner = LazyCaptioner.open()
before = os.environ.get("OMP_WAIT_POLICY")
captioner._captioner
print(before, os.environ["OMP_WAIT_POLICY"])
"""


def test_threads_sleep() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None PASSIVE"


def test_what_the_environment_says_of_threads_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert LazyCaptioner.open()._captioner
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


KEPT = """
import os, sys
import numpy as np
from captioning.runtime.tuning import give_back_freed_memory, keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()
if sys.argv[1] == "give back":
    assert give_back_freed_memory()
np.ones(50_000_000, dtype=np.uint8)
if sys.argv[1] in ("give back", "hold"):
    # From then on glibc keeps what is smaller than this, and the last one holds what lies below it.
    np.ones(20_000_000, dtype=np.uint8)
    last = [np.ones(2_000_000, dtype=np.uint8) for _ in range(30)][-1]
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


@pytest.mark.skipif(not has_glibc(), reason="the C library is not glibc")
def test_what_large_buffers_leave_goes_back() -> None:
    assert resident("hold") - resident("give back") > 40_000_000


def test_another_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_freed_memory.__wrapped__()
    assert not give_back_freed_memory.__wrapped__()
