"""Compares what two checkouts print: every command over the same sample photographs, line by line.

    python scripts/compare_outputs.py BEFORE AFTER

BEFORE and AFTER are folders of checkouts. The first one indexes the sample photographs; both are asked about a copy of
that library. Needs the packages of the extra `demo`. Ends with exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FORMATS = ("table", "json", "jsonl", "paths", "paths0")
HELP = (
    *("tui", "index", "watch", "query", "similar", "caption", "captions", "duplicates", "status", "problems", "doctor"),
    *("backup", "restore", "rebuild", "prune", "merge", "demo", "train", "calibrate", "eval", "export", "import"),
    *("review", "review list", "review accept", "review edit", "review reject", "review tag", "review undo"),
    *("review redo", "review history", "review stats"),
)
LIBRARY_COMMANDS = (
    *(["query", "a cat", "--format", kind] for kind in FORMATS),
    *(["query", "a table", "--all", "--format", kind] for kind in ("table", "json")),
    ["query", "a cup:2 -table", "--all"],
    ["query", "kitten xqzzy", "--all"],
    ["query", "width:>500 sort:path"],
    ["query", "a table", "--all", "-k", "4", "--more", "2", "--less", "1"],
    ["query", "a flower", "--regions", "--format", "json"],
    *(["similar", "{photographs}/coffee.png", "--format", kind] for kind in ("table", "json")),
    ["similar", "#3", "width:>300"],
    *(["captions", "a dog on the grass", "--format", kind] for kind in ("table", "json")),
    *(["caption", "{photographs}/chelsea.png", "--nearest", "2", "--format", kind] for kind in ("table", "json")),
    *(["status", "--format", kind] for kind in ("table", "json")),
    *(["problems", "--format", kind] for kind in ("table", "json")),
    *(["duplicates", "--format", kind] for kind in ("table", "json", "paths")),
    *(["review", "list", "--format", kind] for kind in ("table", "json", "paths")),
    ["review", "list", "--query", "a table", "--part", "all"],
    ["review", "edit", "{photographs}/coffee.png", "a cup of coffee"],
    ["review", "accept", "{photographs}/chelsea.png"],
    ["review", "tag", "{photographs}/chelsea.png", "--add", "pet"],
    *(["review", "history", "{photographs}/coffee.png", "--format", kind] for kind in ("table", "json")),
    *(["review", "stats", "--format", kind] for kind in ("table", "json")),
    *(["export", "--proposals", "--format", kind] for kind in ("coco", "jsonl", "csv")),
    ["query", "coffee"],
    ["doctor"],
    ["prune", "--dry-run"],
    ["rebuild"],
)
MISTAKES = (
    *(
        ["query", text]
        for text in ("after:tuesday", "width:wide", '"open', "-cat", "dog:heavy", "a sort:date sort:path")
    ),
    ["query", "zzyzx"],
    ["query", "a cat", "--cursor", "nonsense"],
    ["query", "a cat", "--more", "99"],
)
UNSTEADY = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?|--cursor \S+|\"cursor\": \"[^\"]+\"")
"""Times and cursors, which differ from run to run."""


def run(checkout: Path, command: list[str]) -> str:
    """What a command prints on stdout and stderr, and its exit code."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "COLUMNS": "120", "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.run(
        [sys.executable, "-m", "search.cli", *command], cwd=checkout, env=environment, capture_output=True, check=False
    )
    printed, remarks = (stream.decode(errors="backslashreplace") for stream in (process.stdout, process.stderr))
    return UNSTEADY.sub("<unsteady>", f"{printed}\n[stderr]\n{remarks}\n[exit code {process.returncode}]")


def outputs(checkout: Path, library: Path, photographs: Path) -> dict[str, str]:
    """What every command prints, by the command."""
    place = ["--library", str(library)]
    commands = [[*name.split(), "--help"] for name in HELP]
    commands += [[part.format(photographs=photographs) for part in [*command, *place]] for command in LIBRARY_COMMANDS]
    commands += [[*command, *place] for command in MISTAKES]
    return {" ".join(command): run(checkout, command) for command in commands}


def main() -> None:
    """Prints the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args()
    before, after = options.before.absolute(), options.after.absolute()
    with tempfile.TemporaryDirectory() as scratch:
        made, library = Path(scratch) / "made", Path(scratch) / "library"
        run(before, ["demo", "--library", str(made)])
        photographs = made / "photographs"
        printed = []
        for checkout in (before, after):
            # At the same place both times: its name is printed.
            shutil.rmtree(library, ignore_errors=True)
            shutil.copytree(made, library, ignore=shutil.ignore_patterns("photographs"))
            printed.append(outputs(checkout, library, photographs))
    different = 0
    for command, former in printed[0].items():
        latter = printed[1][command]
        if former != latter:
            different += 1
            print(f"\n$ imgsearch {command}")
            lines = difflib.unified_diff(former.splitlines(), latter.splitlines(), "before", "after", n=0, lineterm="")
            print("\n".join(lines))
    print(f"\n{different} of {len(printed[0])} commands differ")
    raise SystemExit(bool(different))


if __name__ == "__main__":
    main()
