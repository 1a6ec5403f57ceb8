"""What every test of files needs."""

from __future__ import annotations

import pytest

from index_data.text_encoders import TextEncoders
from tests.unit.index_data.conftest import encode


@pytest.fixture(autouse=True)
def fake_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake describer keeps no model file."""
    monkeypatch.setattr(TextEncoders, "encode", lambda _, model, sentences: encode(model, sentences))
