"""What is found and in which order, against weighing every photograph of random libraries."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captioning.model_file import read_model_file
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from index_data import catalogue
from index_data.catalogue.conditions import Saying
from index_data.columns.stems import stems_of
from index_data.library import Library
from index_data.vectors import exact, kinds, leading
from index_data.vectors.leading import LeadingParts
from search.engine import candidates, open_vectors, similarity
from search.engine.answering_model import AnsweringModel
from search.engine.document_terms import matches_all
from search.engine.encoded_query import encode_query, strange_words
from search.engine.engine import Engine
from search.engine.features import read_photographs, weigh
from search.engine.options import SearchOptions
from search.engine.query import Likeness, Query
from search.engine.query_language import parse
from search.engine.relevance import Relevance, RelevanceFeatures, probability, write_relevance
from search.engine.weigher import Weigher
from search.errors import ModelMismatchError, UnknownWordsError
from tests.tiny_model import write_tiny_model
from tests.unit.search.conftest import Made, put, random_photographs, tiny_relevance

Fresh = Callable[[], Library]
EVERYTHING = SearchOptions(include_irrelevant=True, collapse_duplicates=False)
QUERIES = ("a dog", "dog on the beach", "red cat", "blue:2 picture", "zebra runs", "beach -dog", "two cat -red -runs")


def weigh_all(library: Library, model: Path, text: str, relevance: Relevance) -> tuple[list[tuple[int, float]], float]:
    """Every photograph with its log-odds, best first, without what the minus excludes, and the best fitted; slowly."""
    answering_model, query = AnsweringModel.load(model), parse(text)
    with library.transaction() as session:
        said = catalogue.said_words(session, strange_words(query, answering_model))
        words = encode_query(query, [answering_model], said=said)
        allowed = catalogue.matching_images(session, query.conditions)
        photographs = read_photographs(session, allowed, model=answering_model.identity, relevance=relevance)
        texts = catalogue.words_of(session, allowed)
    vector = words.embeddings[answering_model.identity.id]
    fitted = relevance.log_odds(weigh(photographs, vector, words.terms, relevance))
    certain = [
        all(term.own_stems & stems_of([*texts[image].confirmed, *texts[image].tags]) for term in words.terms)
        for image in photographs.ids.tolist()
    ]
    scores = np.where(certain, np.log(np.exp(fitted.astype(np.float64)) + np.exp(3.0)), fitted)
    wanted = np.ones(len(scores), bool)
    for excluded in words.excluded[answering_model.identity.id]:
        assert excluded.embedding is not None
        shown = relevance.log_odds(weigh(photographs, excluded.embedding, excluded.terms, relevance))
        contained = [matches_all(excluded.terms, document.texts) for document in photographs.terms]
        wanted &= (probability(shown) < 0.5) & ~np.array(contained)
    order = sorted(np.flatnonzero(wanted).tolist(), key=lambda row: (-scores[row], photographs.ids[row]))
    weighed = [(int(photographs.ids[row]), float(scores[row])) for row in order]
    return weighed, max((float(fitted[row]) for row in order), default=-np.inf)


def cut(weighed: list[tuple[int, float]], best: float, relevance: Relevance) -> list[int]:
    chances = [float(probability(np.array([score], np.float32))[0]) for _, score in weighed]
    least = max(relevance.least, relevance.share * float(probability(np.array([best], np.float32))[0]))
    return [image for (image, _), chance in zip(weighed, chances, strict=True) if chance >= least]


@pytest.mark.parametrize("seed", range(3))
def test_all_that_answers_is_found_in_the_order_of_its_weight(fresh: Fresh, calibrated: Path, seed: int) -> None:
    library, relevance = fresh(), tiny_relevance(calibrated)
    put(library, calibrated, random_photographs(seed, 60))
    engine = Engine(library, model=calibrated)
    for text in QUERIES:
        weighed, best = weigh_all(library, calibrated, text, relevance)
        everything = engine.search(parse(text), EVERYTHING).ranking
        assert everything.complete
        assert everything.image_ids.tolist() == [image for image, _ in weighed], text
        assert everything.scores is not None
        assert everything.scores.tolist() == pytest.approx([score for _, score in weighed], abs=1e-5)
        ranking = engine.search(parse(text), SearchOptions(collapse_duplicates=False)).ranking
        assert ranking.complete
        assert ranking.image_ids.tolist() == cut(weighed, best, relevance), text
        assert ranking.probabilities is not None
        assert ranking.probabilities.tolist() == pytest.approx(
            (1 / (1 + np.exp(-np.array([score for _, score in weighed])))).tolist()[: len(ranking)], abs=1e-5
        )


@pytest.mark.library_in_a_folder
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("way", ["compared", "bounded", "listed"])
def test_looking_stops_early_without_changing_what_comes_first(
    fresh: Fresh, calibrated: Path, monkeypatch: pytest.MonkeyPatch, seed: int, way: str
) -> None:
    if way == "listed":
        # All lists are looked into, so that nothing is missed.
        monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
        monkeypatch.setattr(kinds, "probes_of", lambda lists: lists)
        monkeypatch.setattr(open_vectors, "READ_AT_ONCE", 0)
        monkeypatch.setattr(similarity, "WIDER", 1)
        monkeypatch.setattr(open_vectors, "WIDER", 1)
    if way == "bounded":
        # Half of the joint space of the tiny model, and whatever that tells of a question.
        monkeypatch.setattr(leading, "COLUMNS", 5)
        monkeypatch.setattr(leading, "LONGEST_REST", 2.0)
        monkeypatch.setattr(exact, "BOUNDED_FROM", 0)
    relevance = tiny_relevance(calibrated, hubness_weight=0.0)
    write_relevance(relevance, calibrated)
    library = fresh()
    photographs = random_photographs(seed, 120)
    for one in photographs[:20]:
        # Keywords are not looked up by themselves.
        one.keywords = {word: chance for word, chance in one.keywords.items() if word in one.caption.split()}
    for one in photographs[20:]:
        # Of most nothing is said that a question asks for.
        one.caption, one.path, one.keywords, one.kept, one.tags = "a picture", b"", {}, "", ()
    put(library, calibrated, photographs)
    monkeypatch.setattr(candidates, "DEPTH", 21)
    looked, least = list[int](), dict.fromkeys((1, 5, 12), 120)
    weigh_candidates, bound, told = Weigher.features, LeadingParts.bounds, list[bool]()

    def counting(weigher: Weigher, rows: Any, *arguments: Any) -> RelevanceFeatures:
        looked.append(len(rows))
        return weigh_candidates(weigher, rows, *arguments)

    def bounding(parts: LeadingParts, question: Any) -> Any:
        told.append((bounds := bound(parts, question)) is not None)
        return bounds

    monkeypatch.setattr(Weigher, "features", counting)
    monkeypatch.setattr(LeadingParts, "bounds", bounding)
    engine = Engine(library, model=calibrated)
    for text in ("a dog", "dog on the beach", "red cat", "zebra runs", "beach -dog", "two cat -red -runs"):
        weighed, best = weigh_all(library, calibrated, text, relevance)
        for everything, at_least in itertools.product((False, True), (1, 5, 12)):
            expected = [image for image, _ in weighed] if everything else cut(weighed, best, relevance)
            looked.clear()
            ranking = engine.search(
                parse(text), SearchOptions(at_least - 1, include_irrelevant=everything, collapse_duplicates=False)
            ).ranking
            assert ranking.image_ids[:at_least].tolist() == expected[:at_least], (text, everything)
            if ranking.complete:
                assert ranking.image_ids.tolist() == expected
            least[at_least] = min(least[at_least], *looked)
    assert max(least.values()) < 120
    assert any(told) is (way == "bounded")


@pytest.mark.library_in_a_folder
@pytest.mark.parametrize("way", ["compared", "bounded", "listed"])
def test_what_looks_like_a_photograph_comes_by_its_products(
    fresh: Fresh, calibrated: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "listed":
        monkeypatch.setenv("IMGSEARCH_INDEX", "ivf")
        monkeypatch.setattr(kinds, "probes_of", lambda lists: lists)
        monkeypatch.setattr(open_vectors, "READ_AT_ONCE", 0)
    if way == "bounded":
        monkeypatch.setattr(leading, "COLUMNS", 5)
        monkeypatch.setattr(leading, "LONGEST_REST", 2.0)
        monkeypatch.setattr(exact, "BOUNDED_FROM", 0)
    monkeypatch.setattr(candidates, "DEPTH", 3)
    library = fresh()
    photographs = random_photographs(3, 120)
    numbers = put(library, calibrated, photographs)
    vectors = np.array([photograph.vector for photograph in photographs])
    bound, computed = LeadingParts.bounds, list[int]()

    def bounding(parts: LeadingParts, question: Any) -> Any:
        computed.append(len(question))
        return bound(parts, question)

    monkeypatch.setattr(LeadingParts, "bounds", bounding)
    engine = Engine(library, model=calibrated)
    for like in (5, 40, 77):
        query = Query(likenesses=(Likeness(numbers[like]),))
        ranking = engine.search(query, SearchOptions(2, include_irrelevant=True, collapse_duplicates=False)).ranking
        expected = sorted(range(120), key=lambda row: -float(vectors[row] @ vectors[like]))
        assert ranking.image_ids[:3].tolist() == [numbers[row] for row in expected[:3]]
        assert ranking.scores is not None
        assert ranking.scores[:3].tolist() == pytest.approx((vectors[expected[:3]] @ vectors[like]).tolist(), abs=1e-5)
    assert bool(computed) is (way == "bounded")


def test_an_answer_is_complete_only_where_nothing_further_answers(
    fresh: Fresh, calibrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "DEPTH", 4)
    write_relevance(tiny_relevance(calibrated, hubness_weight=0.0, least=0.01, share=0.0), calibrated)
    library = fresh()
    toward = NumpyTextEncoder(read_model_file(calibrated)).encode_text(["dog cat"])[0]
    photographs = [Made(toward, "dog cat") for _ in range(30)]
    # Said of these is only half, and they show something else: they do not answer.
    photographs += [Made(-toward, "a picture", path=b"/cat/%d.png" % number) for number in range(3)]
    numbers = put(library, calibrated, photographs)
    engine = Engine(library, model=calibrated)
    page = engine.search(parse("dog cat"), SearchOptions(count=2, collapse_duplicates=False))
    assert page.total is None
    assert page.cursor is not None
    found = engine.search(parse("dog cat"), SearchOptions(count=39, collapse_duplicates=False)).ranking
    assert found.complete
    assert found.image_ids.tolist() == numbers[:30]


def test_photographs_that_meet_conditions_are_cut_by_their_own_best(fresh: Fresh, calibrated: Path) -> None:
    library, relevance = fresh(), tiny_relevance(calibrated)
    put(library, calibrated, random_photographs(4, 60))
    engine = Engine(library, model=calibrated)
    narrow = "a dog width:>=140 -name:1*"
    weighed, best = weigh_all(library, calibrated, narrow, relevance)
    assert 0 < len(weighed) < 60
    assert engine.search(parse(narrow), SearchOptions(collapse_duplicates=False)).ranking.image_ids.tolist() == cut(
        weighed, best, relevance
    )
    nothing = engine.search(parse("a dog width:>9000")).ranking
    assert len(nothing) == 0
    assert nothing.complete


def test_a_phrase_must_be_said(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    put(library, calibrated, random_photographs(5, 60))
    images = Engine(library, model=calibrated).search(parse('"dog beach"'), EVERYTHING).ranking.image_ids.tolist()
    with library.transaction() as session:
        said = catalogue.matching_images(session, [Saying("dog beach")])
    assert sorted(images) == said != []


def test_a_minus_leaves_out_what_says_it_where_nothing_was_fitted(fresh: Fresh, tiny_model: Path) -> None:
    library = fresh()
    numbers = put(library, tiny_model, random_photographs(6, 40))
    images = set(Engine(library, model=tiny_model).search(parse("dog -beach"), EVERYTHING).ranking.image_ids.tolist())
    with library.transaction() as session:
        said = set(catalogue.matching_images(session, [Saying("beach")]))
    assert said
    assert images == set(numbers) - said


def test_without_relevance_the_inner_product_ranks_all(fresh: Fresh, tiny_model: Path) -> None:
    library = fresh()
    photographs = random_photographs(7, 40)
    numbers = put(library, tiny_model, photographs)
    engine = Engine(library, model=tiny_model)
    ranking = engine.search(parse("a dog")).ranking
    question = engine.encode_text(["a dog"])[0]
    expected = sorted(zip(numbers, photographs, strict=True), key=lambda pair: -float(pair[1].vector @ question))
    assert ranking.image_ids.tolist() == [number for number, _ in expected]
    assert ranking.probabilities is None


@pytest.mark.every_database
def test_orders(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    put(library, calibrated, random_photographs(8, 50))
    engine = Engine(library, model=calibrated)
    by_score = engine.search(parse("a dog"), SearchOptions(collapse_duplicates=False)).ranking
    assert by_score.probabilities is not None
    chances = dict(zip(by_score.image_ids.tolist(), by_score.probabilities.tolist(), strict=True))
    with library.transaction() as session:
        dates = [image for image in catalogue.images_newest_first(session) if image in chances]
        paths = {image: records.paths[0] for image, records in catalogue.images(session, list(chances)).items()}
    for order, expected in (
        ("date", dates),
        ("path", sorted(chances, key=lambda image: paths[image])),
        ("score", by_score.image_ids.tolist()),
    ):
        ranking = engine.search(parse(f"a dog sort:{order}"), SearchOptions(count=2, collapse_duplicates=False)).ranking
        assert ranking.image_ids.tolist()[: 3 if order == "score" else None] == (
            expected[:3] if order == "score" else expected
        )
        assert ranking.probabilities is not None
        assert ranking.probabilities.tolist() == [chances[image] for image in ranking.image_ids.tolist()]
    few = engine.search(parse("width:<106 sort:path")).ranking.image_ids.tolist()
    with library.transaction() as session:
        everywhere = catalogue.images_by_path(session)
    assert few == [image for image in everywhere if 100 + image < 106] != sorted(few)
    shuffles = [
        engine.search(
            parse("a dog sort:random"), SearchOptions(seed=seed, collapse_duplicates=False)
        ).ranking.image_ids.tolist()
        for seed in (1, 2, 1)
    ]
    assert shuffles[0] == shuffles[2] != shuffles[1]
    assert sorted(shuffles[1]) == sorted(chances)


def test_browsing_shows_the_newest_first_and_only_what_meets_all(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    put(library, calibrated, random_photographs(9, 40))
    engine = Engine(library, model=calibrated)
    ranking = engine.search(parse("width:<120 -zebra")).ranking
    with library.transaction() as session:
        newest = catalogue.images_newest_first(session)
        said = catalogue.matching_images(session, [Saying("zebra")])
    assert ranking.image_ids.tolist() == [image for image in newest if 100 + image < 120 and image not in said]
    assert ranking.scores is None


def test_near_duplicates_fold_behind_the_best_and_pages_are_still_full(
    fresh: Fresh, calibrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "DEPTH", 4)
    library = fresh()
    reader = NumpyTextEncoder(read_model_file(calibrated))
    toward = reader.encode_text(["a dog"])[0]
    draw = np.random.default_rng(0)
    photographs = [Made(toward, "a dog", perceptual_hash=0b111) for _ in range(12)]
    for _ in range(8):
        vector = (toward + 0.6 * draw.normal(size=8)).astype(np.float32)
        photographs.append(Made(vector / np.float32(np.linalg.norm(vector)), "a dog", perceptual_hash=None))
    numbers = put(library, calibrated, photographs)
    engine = Engine(library, model=calibrated)
    answer = engine.search(parse("a dog"), SearchOptions(count=3, include_irrelevant=True))
    assert len(answer.hits) == 3
    first = next(hit for hit in answer.hits if hit.image_id in numbers[:12])
    assert first.near_duplicates == tuple(b"/x/%d" % number for number in numbers[:12] if number != first.image_id)
    plain = engine.search(parse("a dog"), SearchOptions(count=20, include_irrelevant=True, collapse_duplicates=False))
    assert len(plain.hits) == 20
    assert all(not hit.near_duplicates for hit in plain.hits)


@pytest.mark.every_database
def test_two_models_answer_together_until_one_has_described_all(fresh: Fresh, calibrated: Path, tmp_path: Path) -> None:
    library = fresh()
    old = put(library, calibrated, random_photographs(10, 20))
    write_relevance(
        tiny_relevance(calibrated), library.paths.text_encoder(NumpyTextEncoder.load(calibrated).identity.id)
    )
    later = write_tiny_model(tmp_path / "later.safetensors", name="later", seed=1)
    new = put(library, later, random_photographs(11, 20))
    half = Engine(library, model=later).search(parse("a dog"), EVERYTHING).ranking
    assert half.probabilities is None
    assert sorted(half.image_ids.tolist()) == [*old, *new]
    write_relevance(tiny_relevance(later), later)
    answer = Engine(library, model=later).search(parse("a dog"), EVERYTHING)
    both = answer.ranking
    assert both.probabilities is not None
    assert sorted(both.image_ids.tolist()) == [*old, *new]
    assert both.probabilities.tolist() == sorted(both.probabilities.tolist(), reverse=True)
    assert len(answer.earlier_models) == 1


def test_words_that_no_model_knows_are_found_where_they_are_said(fresh: Fresh, calibrated: Path) -> None:
    library = fresh()
    photographs = random_photographs(12, 12)
    for one in photographs:
        one.path, one.caption, one.kept, one.tags = b"", "a picture", "", ()
    photographs[3].tags = ("Matterhorn",)
    photographs[5].path = b"/trips/xqvw matterhorn/1.png"
    numbers = put(library, calibrated, photographs)
    engine = Engine(library, model=calibrated)
    assert set(engine.search(parse("Matterhorn")).ranking.image_ids.tolist()) == {numbers[3], numbers[5]}
    assert engine.search(parse("xqvw matterhorn")).ranking.image_ids.tolist() == [numbers[5]]
    with pytest.raises(UnknownWordsError, match="no caption, tag or path contains them: zzyzx"):
        engine.search(parse("zzyzx"))


def test_a_library_of_another_model_alone_cannot_be_asked(fresh: Fresh, tiny_model: Path, tmp_path: Path) -> None:
    library = fresh()
    put(library, tiny_model, random_photographs(0, 3))
    library.files.drop(*library.paths.text_encoders.iterdir())
    other = write_tiny_model(tmp_path / "other.safetensors", name="other", seed=1)
    with pytest.raises(ModelMismatchError, match="described by the model tiny@"):
        Engine(library, model=other).search(parse("a dog"))
