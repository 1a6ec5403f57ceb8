"""The review by its keys: what a person asks is stored at once, and the place in the queue is kept."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.annotation.order import Order
from index_data.annotation.queue import queue as lined_up
from index_data.annotation.tag_queue import tag_queue
from index_data.catalogue.annotation_records import LearntTag, StoredCaption
from index_data.library import Library
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from search.tui.app import ImgsearchApp
from search.tui.review.alternatives import AlternativesScreen
from search.tui.review.caption_card import CaptionCard
from search.tui.review.queue_list import QueueList
from search.tui.review.screen import ReviewScreen
from search.tui.screens.acceptance import AcceptanceScreen
from search.tui.screens.history import HistoryScreen
from search.tui.screens.preview import PreviewScreen
from search.tui.screens.tags import TagScreen
from search.tui.services import tag_learner
from search.tui.widgets.completion_input import CompletionInput
from search.tui.widgets.word_confidence import list_least_sure
from tests.functional.conftest import COUNT
from tests.functional.waiting import notices, press, until, until_on


class Review:
    """The review of an app, by what a person sees of it."""

    def __init__(self, app: ImgsearchApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> ReviewScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, ReviewScreen))

    @property
    def queue(self) -> QueueList:
        return self.screen.query_one(QueueList)

    @property
    def card(self) -> CaptionCard:
        return self.screen.query_one(CaptionCard)

    @property
    def image(self) -> int:
        assert self.queue.current is not None
        return self.queue.current

    def shown(self, image: int) -> StoredCaption | None:
        stored = self.app.context.annotations.captions([image]).get(image, ())
        return stored[0] if stored and stored[0].active else None

    def states(self) -> list[str]:
        return [shown.state if (shown := self.shown(image)) else "none" for image in self.queue.images]

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    async def until(self, holds: object, what: str = "") -> None:
        assert callable(holds)
        await until(self.pilot, holds, what=what)

    async def until_on(self, kind: type[Screen[Any]]) -> None:
        await until_on(self.pilot, kind)

    async def until_shown(self, image: int, state: str) -> None:
        """Until the library and the list both say so."""

        def holds() -> bool:
            caption, item = self.shown(image), self.queue.item(image)
            in_list = item is not None and item.caption is not None and item.caption.state == state
            return caption is not None and caption.state == state and in_list

        await self.until(holds, f"image {image} {state}")


@asynccontextmanager
async def opened(app: ImgsearchApp, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Review]:
    """Opens the app where it was left: in the review."""
    app.context.state.mode = "review"
    async with app.run_test(size=size) as pilot:
        await until_on(pilot, ReviewScreen)
        review = Review(app, pilot)
        await review.until(lambda: len(review.queue.images) == COUNT, "the queue")
        await review.until(lambda: all(review.queue.item(image) for image in review.queue.images), "the items")
        yield review


async def test_the_least_sure_come_first_each_with_its_own_rank(app: ImgsearchApp, library: Library) -> None:
    expected = [item.image_id for item in lined_up(library)]
    async with opened(app) as review:
        assert review.queue.images == expected
        assert review.queue.has_focus
        head = str(review.screen.query_one("#review-queue", Static).render())
        assert "12 waiting" in head
        assert "least sure first" in head
        caption = review.shown(review.image)
        assert caption is not None
        assert caption.text in str(review.card.query_one("#card-caption", Static).render())
        assert "worse than" in str(review.card.query_one("#card-why", Static).render())
        assert str(review.card.border_subtitle) == "number 1 of 12, the least sure first"
        drawn = [review.queue.render_line(y).text for y in range(COUNT)]
        assert [line.split()[0] for line in drawn] == [str(number) for number in range(1, COUNT + 1)]
        await review.press("j")
        await review.until(lambda: str(review.card.border_subtitle).startswith("number 2 "))
        shown = "\n".join(strip.text for strip in review.screen._compositor.render_strips()).lower()
        assert "doubt" not in shown


async def test_accepting_is_stored_goes_on_and_outlasts_a_late_answer(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        image, before = review.image, review.queue.item(review.image)
        assert before is not None
        await review.press("a")
        await review.until_shown(image, "accepted")
        review.queue.put([before], serial=0)
        after = review.queue.item(image)
        assert after is not None
        assert after.caption is not None
        assert after.caption.state == "accepted"
        first, second = review.queue.images[1:3]
        await review.press("a")
        assert review.image == second
        await review.until_shown(first, "accepted")
        assert review.queue.images[1] == first
        assert review.queue.has_focus
        # The same again changes nothing, and says so.
        await review.press("k", "a")
        await review.until(lambda: "nothing to change" in notices(app))


async def test_many_keys_at_once_speak_of_one_photograph_each(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        images = review.queue.images[:5]
        await review.press(*"aaaaa")
        for image in images:
            await review.until_shown(image, "accepted")
        assert [review.states().count(state) for state in ("accepted", "proposed")] == [5, COUNT - 5]
        assert review.queue.cursor == 5


async def test_editing_that_is_left_changes_nothing_and_in_place_there_is_completion(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        image, before = review.image, review.shown(review.image)
        await review.press("e", *"xyz", "escape")
        await review.until(lambda: not review.card.editing)
        assert review.queue.has_focus
        await review.press("e", "ctrl+u", "space", "enter")
        await review.until(lambda: "visible character" in notices(app))
        assert review.card.editing
        await review.press("escape")
        assert review.shown(image) == before
        word = app.context.engine.words[-1]
        await review.press("e")
        line = review.card.query_one(CompletionInput)
        assert review.card.editing
        assert line.line.has_focus
        assert before is not None
        assert line.line.value == before.text
        await review.press("ctrl+u", *word[:-1])
        await review.until(lambda: word in line.endings, "the ending")
        while line.marked != word:
            await review.press("down")
        await review.press("tab")
        assert line.line.value == word
        await review.press("space", *"ben", "enter")
        await review.until_shown(image, "accepted")
        after = review.shown(image)
        assert after is not None
        assert (after.text, after.author) == (f"{word} ben", "person")
        assert not review.card.editing
        assert review.queue.has_focus
        assert review.queue.cursor == 1


async def test_a_rejected_caption_goes_back_to_the_queue_and_another_sentence_is_chosen(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        image = review.image
        await review.press("r")
        await review.until_on(AlternativesScreen)
        await review.until(lambda: app.screen.query_one(OptionList).option_count)
        await review.press("r")
        await review.until(lambda: review.queue.images[-1] == image, "the end of the queue")
        assert review.shown(image) is None
        assert review.queue.cursor == 0
        await review.press("r")
        await review.until_on(AlternativesScreen)
        await review.press("escape")
        await review.until_on(ReviewScreen)
        assert review.shown(review.image) is not None
        image, before = review.image, review.shown(review.image)
        assert before is not None
        await review.press("r")
        await review.until_on(AlternativesScreen)
        options = app.screen.query_one(OptionList)
        await review.until(lambda: options.option_count, "the alternatives")
        await review.press("j", "k", "enter")
        await review.until_on(ReviewScreen)
        await review.until_shown(image, "accepted")
        after = review.shown(image)
        assert after is not None
        assert after.text != before.text
        assert after.author == "model"
        assert {caption.text: caption.state for caption in app.context.annotations.captions([image])[image]} == {
            before.text: "rejected",
            after.text: "accepted",
        }
        assert review.queue.cursor == 1


async def test_tags_of_one_with_completion(app: ImgsearchApp) -> None:
    app.context.annotations.tag([1], add=["holiday"])
    async with opened(app) as review:
        image = review.queue.images[3]
        await review.press("j", "j", "j", "t")
        await review.until_on(TagScreen)
        line = app.screen.query_one(CompletionInput)
        await review.until(lambda: line.completer.endings("ho", 2), "the known tags")
        await review.press(*"sea", "comma", *"ho", "tab", "enter")
        await review.until_on(ReviewScreen)
        assert app.context.annotations.tags([image])[image] == ("holiday", "sea")
        await review.until(lambda: (item := review.queue.item(image)) and item.tags == ("holiday", "sea"))
        assert review.image == image
        await review.press("t")
        await review.until_on(TagScreen)
        await review.press("minus", *"sea", "enter")
        await review.until_on(ReviewScreen)
        assert app.context.annotations.tags([image])[image] == ("holiday",)


async def test_tags_of_many_are_previewed(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        images = review.queue.images[:3]
        await review.press("space", "space", "space", "t")
        await review.until_on(TagScreen)
        await review.press(*"sea", "enter")
        await review.until_on(PreviewScreen)
        assert app.screen.query_one(OptionList).option_count == 3
        assert app.context.annotations.tags(images) == {}
        await review.press("escape")
        await review.until_on(TagScreen)
        await review.press("enter")
        await review.until_on(PreviewScreen)
        await review.press("enter")
        await review.until_on(ReviewScreen)
        assert app.context.annotations.tags(images) == dict.fromkeys(images, ("sea",))
        assert review.queue.chosen == set(images)
        await review.press("t")
        await review.until_on(TagScreen)
        await review.press(*"sea", "enter")
        await review.until(lambda: "already" in notices(app))


async def test_many_are_accepted_after_a_preview_and_undone_as_one(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        chosen = review.queue.images[1:5]
        app.context.annotations.edit(chosen[0], "mine already")
        await review.press("j", "v", "j", "j", "j", "v", "a")
        await review.until_on(PreviewScreen)
        # What a person has written is not among what changes.
        assert app.screen.query_one(OptionList).option_count == 3
        assert review.states().count("proposed") == COUNT - 1
        await review.press("n")
        await review.until_on(ReviewScreen)
        assert review.queue.chosen == set(chosen)
        await review.press("a")
        await review.until_on(PreviewScreen)
        await review.press("y")
        await review.until(lambda: review.states().count("accepted") == 4)
        assert review.queue.chosen == set()
        await review.press("u")
        await review.until(lambda: review.states().count("accepted") == 1)
        await review.press("U")
        await review.until(lambda: review.states().count("accepted") == 4)
        await review.press("u")
        await review.until(lambda: review.states().count("accepted") == 1)
        await review.press("ctrl+r")
        await review.until(lambda: review.states().count("accepted") == 4)


async def test_many_are_rejected_after_a_preview(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        chosen = review.queue.images[:2]
        await review.press("J", "r")
        await review.until_on(PreviewScreen)
        await review.press("enter")
        await review.until(lambda: review.queue.images[-2:] == chosen)
        assert [review.shown(image) for image in chosen] == [None, None]


async def test_undoing_goes_to_the_photograph_and_skipping_passes_over_what_is_judged(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        first = review.image
        await review.press("a")
        await review.until_shown(first, "accepted")
        await review.press("G")
        assert review.queue.cursor == COUNT - 1
        await review.press("u")
        await review.until(lambda: review.image == first)
        await review.until_shown(first, "proposed")
        await review.press("u")
        await review.until(lambda: "nothing to undo" in notices(app))
        await review.press("j", "a")
        await review.until_shown(review.queue.images[1], "accepted")
        await review.press("g", "s")
        assert review.queue.cursor == 2
        await review.press("G", "n")
        assert review.queue.cursor == 0


async def test_choosing(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        images = list(review.queue.images)
        await review.press("space", "shift+down")
        assert review.queue.chosen == set(images[:3])
        await review.press("K")
        await review.press("asterisk")
        assert review.queue.chosen == set(images)
        await review.press("asterisk")
        assert review.queue.chosen == set()
        await review.press("g", "v", "G", "v")
        assert review.queue.chosen == set(images)
        await review.press("escape")
        assert review.queue.chosen == set()
        assert app.screen is review.screen
        await review.pilot.click(QueueList, offset=(5, 3))
        assert review.queue.cursor == 2
        await review.pilot.click(QueueList, offset=(5, 5), shift=True)
        assert review.queue.chosen == set(images[2:5])
        await review.pilot.click(QueueList, offset=(5, 3), control=True)
        assert review.queue.chosen == set(images[3:5])


async def test_moving(app: ImgsearchApp) -> None:
    async with opened(app, (100, 12)) as review:
        await review.press("j", "down", "k", "up", "down")
        assert review.queue.cursor == 1
        await review.press("ctrl+d")
        page = review.queue.cursor
        assert page > 2
        assert review.queue.scroll_offset.y > 0
        await review.press("ctrl+u")
        assert review.queue.cursor == 1
        await review.press("G", "j", "pagedown")
        assert review.queue.cursor == COUNT - 1
        await review.press("home")
        assert review.queue.cursor == 0
        await review.press("colon", *"7", "enter")
        assert review.queue.cursor == 6
        await review.press("colon", *"x", "enter")
        assert review.queue.cursor == 6
        await review.press("colon", "escape")
        assert review.queue.has_focus


async def test_the_place_is_kept_after_an_action(app: ImgsearchApp) -> None:
    async with opened(app, (100, 12)) as review:
        await review.press(*"jjjjjj")
        image, place, scrolled = review.image, review.queue.cursor, review.queue.scroll_offset
        await review.press("t")
        await review.until_on(TagScreen)
        await review.press(*"sea", "enter")
        await review.until(lambda: (item := review.queue.item(image)) and item.tags)
        assert (review.image, review.queue.cursor, review.queue.scroll_offset) == (image, place, scrolled)
        assert review.queue.has_focus
        await review.press("f5")
        await review.until(lambda: review.queue.item(image))
        assert review.image == image


async def test_orders_and_parts(app: ImgsearchApp, library: Library) -> None:
    async with opened(app) as review:
        await review.press("o")
        by_date = [item.image_id for item in lined_up(library, order=Order.DATE)]
        await review.until(lambda: review.queue.images == by_date)
        await review.press("o")
        by_path = [item.image_id for item in lined_up(library, order=Order.PATH)]
        await review.until(lambda: review.queue.images == by_path)
        assert app.context.state.review_order == "path"
        await review.press("a")
        await review.until_shown(by_path[0], "accepted")
        await review.press("p")
        await review.until(lambda: review.queue.images == by_path[:1])
        await review.press("p")
        await review.until(lambda: review.queue.images == by_path)
        await review.press("p")
        await review.until(lambda: review.queue.images == [])
        await review.press("p")
        await review.until(lambda: review.queue.images == by_path[1:])


async def test_a_query_is_reviewed(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        caption = review.shown(review.queue.images[4])
        assert caption is not None
        query = caption.text
        options = SearchOptions(collapse_duplicates=False)
        answers = app.context.engine.search(parse(query), options).ranking.image_ids.tolist()
        assert answers
        await review.press("slash")
        review.screen.query_one("#review-line", Input).value = query
        await review.press("enter")
        await review.until(lambda: review.queue.images == answers, "the answers")
        assert "best matches first" in str(review.screen.query_one("#review-queue", Static).render())
        await review.press("slash")
        line = review.screen.query_one("#review-line", Input)
        assert line.value == query
        await review.press("ctrl+u", *'"a', "enter")
        await review.until(lambda: "never closed" in notices(app))
        await review.press("escape")
        await review.until(lambda: "least sure first" in str(review.screen.query_one("#review-queue", Static).render()))


async def test_history_and_agreement(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        image = review.image
        await review.press("a")
        await review.until_shown(image, "accepted")
        await review.press("k", "i")
        await review.until_on(HistoryScreen)
        lines = app.screen.query_one("#history-lines", Static)
        await review.until(lambda: "accepted" in str(lines.render()))
        assert "proposed" in str(lines.render())
        await review.press("j", "k", "escape")
        await review.until_on(ReviewScreen)
        await review.until(lambda: "1 of 12" in str(review.screen.query_one("#review-progress", Static).render()))
        await review.press("S")
        await review.until_on(AcceptanceScreen)
        words = " ".join(str(part.render()) for part in app.screen.query(Static))
        assert "accepted as they were" in words
        assert "100%" in words
        await review.press("escape")
        await review.until_on(ReviewScreen)


async def test_how_sure_the_model_is_of_each_word(app: ImgsearchApp) -> None:
    async with opened(app) as review:
        caption = review.shown(review.image)
        assert caption is not None
        path = Path(os.fsdecode(app.context.library.read(catalogue.images, [review.image])[review.image].paths[0]))
        least_sure = list_least_sure(app.context.engine.word_confidences(path, caption.text))
        assert least_sure
        why = review.card.query_one("#card-why", Static)
        assert least_sure not in str(why.render())
        await review.press("w")
        await review.until(lambda: least_sure in str(why.render()), "the words")
        assert app.context.state.word_confidence
        await review.press("w")
        assert not app.context.state.word_confidence


async def test_two_apps_on_one_library_stay_consistent(app: ImgsearchApp, library: Library, tiny_model: object) -> None:
    async with opened(app) as review:
        first, second = review.queue.images[:2]
        # Another program, with connections of its own.
        with Library.open(library.paths.folder) as other:
            theirs = Annotations(other)
            theirs.accept([first])
            theirs.edit(second, "their words")
            await review.until_shown(first, "accepted")
            await review.until_shown(second, "accepted")
            assert review.image == first
            item = review.queue.item(second)
            assert item is not None
            assert item.caption is not None
            assert item.caption.text == "their words"
            await review.press("u")
            await review.until_shown(second, "proposed")
            assert theirs.captions([second])[second][0].state == "proposed"
            await review.press("U")
            await review.until_shown(second, "accepted")


async def test_a_photograph_that_is_gone_leaves_the_queue(app: ImgsearchApp, library: Library) -> None:
    async with opened(app) as review:
        gone = review.queue.images[2]
        with library.transaction(write=True) as session:
            catalogue.remove_places(session, list(library.read(catalogue.images, [gone])[gone].paths))
        await review.until(lambda: gone not in review.queue.images)
        assert len(review.queue.images) == COUNT - 1


async def test_proposed_tags_are_judged_one_by_one_and_together(
    app: ImgsearchApp, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is proposed is made up: learnt anew, the tag would be forgotten for want of examples.
    monkeypatch.setattr(tag_learner, "EVERY", COUNT)
    images = library.read(catalogue.matching_images, [])
    learnt = LearntTag("Ben", "m", datetime(2026, 1, 1), 3, 0, COUNT, 0.99, "digest")
    with library.transaction(write=True) as session:
        catalogue.put_learnt_tag(session, learnt, dict(zip(images[:4], (0.55, 0.6, 0.8, 0.9), strict=True)))
    annotations = app.context.annotations
    async with opened(app) as review:
        await review.press("p", "p", "p")
        await review.until(lambda: review.queue.images == images[:4], "the most doubtful first")
        await review.until(lambda: all(review.queue.item(image) for image in images[:4]))
        assert "most doubtful first" in str(review.screen.query_one("#review-queue", Static).render())
        assert "Ben? 55%" in review.queue.render_line(0).text
        assert "Ben? 55%" in str(review.card.query_one("#card-tags", Static).render())
        await review.press("a")
        await review.until(lambda: annotations.tags([images[0]]) == {images[0]: ("Ben",)})
        assert review.image == images[1]
        await review.press("r")
        await review.until(lambda: [tag.image_id for tag in tag_queue(library)] == images[2:4])
        await review.press("space", "space", "a")
        await review.until_on(PreviewScreen)
        await review.press("enter")
        await review.until(lambda: annotations.tags(images[:4]).keys() == {images[0], images[2], images[3]})
        await review.press("u")
        await review.until(lambda: [tag.image_id for tag in tag_queue(library)] == images[2:4])
