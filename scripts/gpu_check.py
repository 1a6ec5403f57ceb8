"""Proves and measures on a machine with a GPU, within minutes, what a processor cannot show.

    python scripts/gpu_check.py [--out FOLDER] [--sizes 1000000 10000000]

Runs every test that is marked `gpu`, then `benchmarks.gpu` part by part, and keeps what they say in the folder, each as
soon as it is there; whatever hangs is ended and costs the others nothing. Ends with 0 only where all of these tests ran
and passed, and all was measured: a test that was skipped has proved nothing. `benchmarks/gpu.md` says what is still to
be shown, and what the figures go into.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]

SIDE_BY_SIDE = (
    "tests/unit/captioning/training/test_trainer.py",
    "tests/unit/benchmarks/test_gpu.py",
    "tests/e2e/test_training.py",
)
"""Tests that leave room for each other on the GPU."""

ALONE = ("tests/unit/captioning/test_on_a_gpu.py", "tests/unit/index_data/vectors/test_gpu.py")
"""Tests that fill its memory."""

LIMIT = 150
"""Seconds after which anything is taken to hang."""


def kept(name: str, command: list[str], out: Path, limit: int = LIMIT) -> int:
    """Runs a Python module, keeps what it says, and gives its exit code, 124 if it was ended; it says so in a line."""
    began = time.monotonic()
    with (out / f"{name}.txt").open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = 124
        finally:
            # With what it started.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    print(f"{name}: exit code {code} after {time.monotonic() - began:.0f} s", flush=True)
    return code


def test(file: str, out: Path) -> list[str]:
    """Runs the tests of a file, and gives a sentence for each that did not pass."""
    name = file.removeprefix("tests/").removesuffix(".py").replace("/", "-")
    report = out / f"{name}.xml"
    # Other versions of torch may warn of other things; what they say is in what is kept.
    code = kept(name, ["pytest", "-v", "-m", "gpu", "-W", "default", file, f"--junit-xml={report}"], out)
    faults = not_proved(report) if report.exists() else []
    for fault in faults:
        print(fault, flush=True)
    return faults or ([f"{file} ended with {code}"] if code else [])


def not_proved(report: Path) -> list[str]:
    """The tests of a JUnit report that did not pass, each with why."""
    sentences = []
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("skipped", "failure", "error"):
            for fault in case.findall(kind):
                sentences.append(f"{kind}: {case.get('classname')}.{case.get('name')}: {fault.get('message')}")
    return sentences


def main() -> int:
    """Runs all; 1 says that something is not proved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu-check"))
    parser.add_argument("--sizes", type=int, nargs=2, default=[1_000_000, 10_000_000], help="of vector indexes")
    parser.add_argument("--files", type=int, default=4000, help="that are indexed")
    parser.add_argument("--model", help="its file; the shipped one without")
    parser.add_argument("--device", default="cuda", help="cpu tries the script itself, on a machine without a GPU")
    options = parser.parse_args()
    out: Path = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob("*.ready"):
        left.unlink()

    def measured(name: str, *arguments: str, limit: int = LIMIT) -> int:
        command = ["benchmarks.gpu", "--device", options.device, "--out", str(out / name), *arguments]
        command += ["--model", options.model] if options.model else []
        return kept(name, command, out, limit)

    rounds = ["--batches", "1", "32", "256", "--rounds", "5"]
    few, many = map(str, options.sizes)
    with ThreadPoolExecutor() as side_by_side:
        # What takes long to get ready does so while tests run, and is timed when all else has ended.
        starts = {name: out / f"{name}.start" for name in ("graphs", "search-large")}
        for start in starts.values():
            start.unlink(missing_ok=True)
        graphs = side_by_side.submit(
            measured, "graphs", "--parts", "graphs", *rounds, "--after", str(starts["graphs"]), limit=2 * LIMIT
        )
        large = ["--parts", "search", "--sizes", many, "--after", str(starts["search-large"])]
        search = side_by_side.submit(measured, "search-large", *large, limit=3 * LIMIT)
        tests = [side_by_side.submit(test, file, out) for file in SIDE_BY_SIDE]
        faults = [fault for each in tests for fault in each.result()]
        for name, work in (("graphs", graphs), ("search-large", search)):
            while not (work.done() or starts[name].with_suffix(".ready").exists()):
                time.sleep(0.1)
        for file in ALONE:
            faults += test(file, out)
        starts["graphs"].touch()
        codes = [
            graphs.result(),
            measured("describing", "--parts", "describing", *rounds),
            measured("training", "--parts", "training", *rounds),
            measured("indexing", "--parts", "indexing", "--files", str(options.files)),
            measured("search", "--parts", "search", "--sizes", few),
        ]
        starts["search-large"].touch()
        codes.append(search.result())
    print("\n".join(faults) or "Every test for GPUs passed.")
    print(f"What was said is in {out}.")
    return int(bool(faults or any(codes)))


if __name__ == "__main__":
    sys.exit(main())
