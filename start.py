"""Sets imgsearch up in `.venv` beside this file and runs it: the demo, or every check and the tests.

    python3 start.py [FOLDER]     index FOLDER (without one: a few photographs that packages carry) and search it
    python3 start.py test         format, lint, types, import contracts and tests, as CI runs them
    python3 start.py test PATH    only the tests in PATH; pytest's own options may follow

Needs Python 3.11 or newer with pip, nothing else. What is already set up is not set up again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "import contracts": ["lint-imports"],
}

PROCESSES = min((os.cpu_count() or 1) + 1, 8)
"""Those that run tests: one more than there are processors, since a test that starts a program waits for it."""

BYTECODE_KEPT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of the tests: the processes that they start by the dozen would each compile every module anew."""

PARALLEL = ["--numprocesses", str(PROCESSES), "--dist", "worksteal"]
"""How all tests run; what is named alone begins sooner in one process."""


def set_up(extra: str) -> None:
    """Makes the virtual environment and installs the project with one extra, unless that was done before."""
    done = VENV / f".installed-{extra}"
    wanted = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return
    print(f"Setting up {VENV} (gigabytes of torch; a few minutes the first time)", file=sys.stderr)
    if not VENV.is_dir():
        venv.create(VENV, with_pip=True)
    install = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--editable", f"{ROOT}[{extra}]"], check=True)
    done.write_text(wanted, encoding="utf-8")


def check_and_test(arguments: list[str]) -> int:
    """Runs the tests that were named, or every check beside all tests."""
    if arguments:
        return _run("python", "-m", "pytest", *arguments)
    with ThreadPoolExecutor() as pool:
        checks = {name: pool.submit(_output, *command) for name, command in CHECKS.items()}
        tests = _run("python", "-m", "pytest", *PARALLEL)
        failed = [name for name, check in checks.items() if _failed(name, check)]
    if failed:
        print(f"Failed besides the tests: {', '.join(failed)}.", file=sys.stderr)
    return tests or len(failed)


def main(arguments: list[str]) -> int:
    """Runs what the arguments ask for and gives its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the message is for those who have an older one
        print(f"imgsearch needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    testing = arguments[:1] == ["test"]
    try:
        set_up("dev" if testing else "demo")
    except subprocess.CalledProcessError as error:
        print(f"The set-up failed: pip ended with exit code {error.returncode}.", file=sys.stderr)
        return 1
    if testing:
        return check_and_test(arguments[1:])
    return subprocess.run([BIN / "imgsearch", "demo", *arguments], check=False).returncode


def _failed(name: str, check: Future[subprocess.CompletedProcess[bytes]]) -> int:
    """Shows what a check said, and gives its exit code."""
    print(f"== {name}: {' '.join(CHECKS[name])}", flush=True)
    done = check.result()
    sys.stdout.buffer.write(done.stdout)
    sys.stdout.flush()
    return done.returncode


def _output(program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [BIN / program, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _run(program: str, *arguments: str) -> int:
    return subprocess.run([BIN / program, *arguments], cwd=ROOT, env=BYTECODE_KEPT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
