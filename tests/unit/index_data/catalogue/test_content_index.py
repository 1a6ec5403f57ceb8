from __future__ import annotations

import random

import pytest

from index_data.catalogue.content_index import HASH_BYTES, KnownContents


def test_contents_are_known_as_in_a_dictionary_before_and_after_more_came() -> None:
    draw = random.Random(0)
    hashes = [*sorted(draw.randbytes(HASH_BYTES) for _ in range(300)), b"no hash"]
    oracle = {content: (number, bool(number % 3)) for number, content in enumerate(hashes, 1)}
    known = KnownContents((content, *of) for content, of in oracle.items())
    later = [draw.randbytes(HASH_BYTES) for _ in range(20)]
    for content in [*later, hashes[7]]:
        assert known.get(content) == oracle.get(content)
        known[content] = oracle[content] = (draw.getrandbits(40), True)
    strange = [bytes(HASH_BYTES), b"\xff" * HASH_BYTES, *(draw.randbytes(HASH_BYTES) for _ in range(50))]
    assert {content: known.get(content) for content in (*oracle, *strange)} == {
        content: oracle.get(content) for content in (*oracle, *strange)
    }
    assert all(content in known and known[content] == of for content, of in oracle.items())
    with pytest.raises(KeyError):
        known[strange[0]]


def test_nothing_is_known_of_an_empty_library() -> None:
    assert not KnownContents()
    assert KnownContents().get(bytes(HASH_BYTES)) is None
