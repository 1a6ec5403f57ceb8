from __future__ import annotations

import os
import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(("asked", "expected"), [(None, "None PASSIVE"), ("ACTIVE", "ACTIVE ACTIVE")])
def test_threads_sleep_unless_the_environment_says_otherwise(asked: str | None, expected: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    if asked:
        environment["OMP_WAIT_POLICY"] = asked
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
