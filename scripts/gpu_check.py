"""Proves and measures on a machine with a GPU, within minutes, what a processor cannot show.

    python scripts/gpu_check.py [--out FOLDER]

Runs every test that is marked `gpu`, then a short `benchmarks.gpu`, and keeps what both say in the folder. Ends with 0
only where all of these tests ran and passed: one that was skipped has proved nothing. `benchmarks/gpu.md` says what is
still to be shown, and what the figures go into.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
SHORT = ("--files", "2000", "--batches", "1", "32", "256", "--sizes", "200000", "1000000", "--rounds", "3")
"""Of the benchmark, whose own settings take an hour."""


def kept(command: list[str], file: Path) -> int:
    """Runs a Python module, shows what it says, keeps it in a file, and gives its exit code."""
    with (
        file.open("wb") as stream,
        subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            stream.write(line)
    return process.returncode


def not_proved(report: Path) -> list[str]:
    """The tests of a JUnit report that did not pass, each with why."""
    sentences = []
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("skipped", "failure", "error"):
            for fault in case.findall(kind):
                sentences.append(f"{kind}: {case.get('classname')}.{case.get('name')}: {fault.get('message')}")
    return sentences


def main() -> int:
    """Runs both; 1 says that something is not proved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu-check"))
    out: Path = parser.parse_args().out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    report = out / "tests.xml"
    tests = kept(["pytest", "-m", "gpu", "tests", f"--junit-xml={report}"], out / "tests.txt")
    faults = not_proved(report)
    measured = kept(["benchmarks.gpu", *SHORT, "--out", str(out)], out / "figures.txt")
    print("\n".join(faults) or "Every test for GPUs passed.")
    print(f"What was said is in {out}.")
    return int(bool(tests or faults or measured))


if __name__ == "__main__":
    sys.exit(main())
