"""Texts are compared in one form, however Unicode and people write them."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index_data.catalogue.search_words import (
    LONGEST_RUN,
    asked_words,
    compounds,
    folded,
    has_run,
    spellings,
    word_forms,
)

FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")


def forms(text: str) -> set[str]:
    return {form for compound in compounds(text) for form in word_forms(compound)}


@pytest.mark.parametrize(
    ("written", "form"),
    [
        *(("Café", "cafe"), ("Zürich", "zurich"), ("Straße", "strasse"), ("STRASSE", "strasse"), ("Ærø", "aero")),
        *(("Łódź", "lodz"), ("İstanbul", "istanbul"), ("\u0131l\u0131k", "ilik"), ("Ёлка", "елка"), ("мой", "мой")),
        *(("ｄｏｇ", "dog"), ("\ufb01sh", "fish"), ("ｶﾞﾗｽ", "ガラス"), ("O\u2019Brien", "o'brien"), ("バラ", "バラ")),  # noqa: RUF001 (full width)
        *(("co\u00adoperate", "cooperate"), ("Ὀδυσσεύς", "οδυσσευσ"), ("हिन्दी", "हिन्दी")),
    ],
)
def test_a_text_has_one_form(written: str, form: str) -> None:
    for name in FORMS:
        assert folded(unicodedata.normalize(name, written)) == unicodedata.normalize("NFC", form)


@given(st.text(max_size=20))
def test_composed_and_decomposed_are_the_same(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(name, text) for name in FORMS)
    assert folded(composed) == folded(decomposed)
    assert asked_words(composed) == asked_words(decomposed)
    assert forms(composed) == forms(decomposed)


@given(st.text(max_size=20))
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text("海辺の犬山川東京タワー", min_size=1, max_size=20), st.data())
def test_every_part_of_a_text_without_blanks_is_a_form_of_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : start + data.draw(st.integers(1, LONGEST_RUN))]
    assert part in forms(text)
    assert has_run(part)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NewYorkTrip2019_final", {"new", "york", "trip", "2019", "newyorktrip2019", "final"}),
        ("a T-shirt", {"a", "t", "shirt", "tshirt", "t-shirt"}),
        ("Anna\u2019s iPhone", {"anna's", "annas", "anna", "s", "i", "phone", "iphone"}),
        ("l'eau \N{DOG}", {"l'eau", "leau", "l", "eau"}),
        ("DSC0815 HTMLFile", {"dsc0815", "html", "file", "htmlfile"}),
        ("東京Tower", {"東", "京", "東京", "tower"}),
        ("바다", {"바", "다", "바다"}),
    ],
)
def test_a_word_is_found_by_its_parts_and_as_a_whole(text: str, words: set[str]) -> None:
    assert forms(text) == words


def test_what_is_asked_stays_whole_but_for_long_runs() -> None:
    assert asked_words("l\u2019eau, T-shirt Cafe\u0301") == ["l'eau", "t", "shirt", "café"]
    assert asked_words("हिन्दी") == ["हिन्दी"]
    assert asked_words("犬" * (LONGEST_RUN + 1)) == ["犬" * LONGEST_RUN, "犬"]
    assert asked_words("... !") == []


def test_letters_that_the_index_keeps_are_tried_too() -> None:
    assert {"strasse", "straße"} <= set(spellings("strasse"))
    assert spellings("Zürich")[:2] == ["Zürich", "zurich"]
