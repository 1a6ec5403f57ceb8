"""The review by its keys: what a person asks is stored at once, and the place in the queue is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.annotation.queue import Order
from index_data.annotation.queue import queue as lined_up
from index_data.catalogue.annotation_records import StoredCaption
from index_data.library import Library
from search.engine.options import SearchOptions
from search.engine.query_language import parse
from search.tui.app import ImgsearchApp
from search.tui.completion_input import CompletingInput
from search.tui.review.acceptance import AgreementScreen
from search.tui.review.alternatives import AlternativesScreen
from search.tui.review.caption_card import CaptionCard
from search.tui.review.queue_list import QueueList
from search.tui.review.screen import ReviewScreen
from search.tui.screens.history import HistoryScreen
from search.tui.screens.preview import PreviewScreen
from search.tui.screens.tagging import TagScreen
from tests.functional.conftest import COUNT
from tests.functional.waiting import until


class Desk:
    """The review of an app, by what a person sees of it."""

    def __init__(self, app: ImgsearchApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> ReviewScreen:
        found = next(one for one in self.app.screen_stack if isinstance(one, ReviewScreen))
        return found

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
        stored = self.app.annotations.captions([image]).get(image, ())
        return stored[0] if stored and stored[0].stands else None

    def states(self) -> list[str]:
        return [shown.state if (shown := self.shown(image)) else "none" for image in self.queue.images]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, holds: object, what: str = "") -> None:
        assert callable(holds)
        await until(self.pilot, holds, what=what)

    async def until_on(self, kind: type) -> None:
        await self.until(lambda: isinstance(self.app.screen, kind), kind.__name__)

    async def until_shown(self, image: int, state: str) -> None:
        """Until the library and the list both say so."""

        def holds() -> bool:
            caption, item = self.shown(image), self.queue.item(image)
            in_list = item is not None and item.caption is not None and item.caption.state == state
            return caption is not None and caption.state == state and in_list

        await self.until(holds, f"image {image} {state}")


@asynccontextmanager
async def opened(app: ImgsearchApp, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Desk]:
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        desk = Desk(app, pilot)
        await desk.until(lambda: len(desk.queue.images) == COUNT, "the queue")
        await desk.until(lambda: all(desk.queue.item(image) for image in desk.queue.images), "the items")
        yield desk


async def test_the_most_doubtful_come_first(app: ImgsearchApp, library: Library) -> None:
    expected = [one.image_id for one in lined_up(library)]
    async with opened(app) as desk:
        assert desk.queue.images == expected
        assert desk.queue.has_focus
        head = str(desk.screen.query_one("#review-what", Static).render())
        assert "12 waiting" in head
        assert "most doubtful first" in head
        caption = desk.shown(desk.image)
        assert caption is not None
        assert caption.text in str(desk.card.query_one("#card-caption", Static).render())
        assert "worse than" in str(desk.card.query_one("#card-why", Static).render())
        assert str(desk.card.border_subtitle).startswith("doubt ")


async def test_accepting_is_stored_and_goes_on(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        first, second = desk.queue.images[:2]
        await desk.press("a")
        assert desk.image == second
        await desk.until_shown(first, "accepted")
        assert desk.queue.images[0] == first
        assert desk.queue.has_focus
        # The same again changes nothing, and says so.
        await desk.press("k", "a")
        await desk.until(lambda: any("nothing to change" in one.message for one in app._notifications))


async def test_an_answer_that_comes_late_is_passed_over(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        image, before = desk.image, desk.queue.item(desk.image)
        assert before is not None
        await desk.press("a")
        await desk.until_shown(image, "accepted")
        desk.queue.put([before], serial=0)
        after = desk.queue.item(image)
        assert after is not None
        assert after.caption is not None
        assert after.caption.state == "accepted"


async def test_many_keys_at_once_speak_of_one_photograph_each(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        images = desk.queue.images[:5]
        await desk.press(*"aaaaa")
        for image in images:
            await desk.until_shown(image, "accepted")
        assert [desk.states().count(state) for state in ("accepted", "proposed")] == [5, COUNT - 5]
        assert desk.queue.cursor == 5


async def test_editing_in_place_with_completion(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        image, word = desk.image, app.engine.words[-1]
        await desk.press("e")
        line = desk.card.query_one(CompletingInput)
        assert desk.card.editing
        assert line.line.has_focus
        before = desk.shown(image)
        assert before is not None
        assert line.line.value == before.text
        await desk.press("ctrl+u", *word[:-1])
        await desk.until(lambda: word in line.endings, "the ending")
        while line.endings[line._marked] != word:
            await desk.press("down")
        await desk.press("tab")
        assert line.line.value == word
        await desk.press("space", *"ben", "enter")
        await desk.until_shown(image, "accepted")
        after = desk.shown(image)
        assert after is not None
        assert (after.text, after.author) == (f"{word} ben", "person")
        assert not desk.card.editing
        assert desk.queue.has_focus
        assert desk.queue.cursor == 1


async def test_editing_that_is_left_changes_nothing(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        image, before = desk.image, desk.shown(desk.image)
        await desk.press("e", *"xyz", "escape")
        await desk.until(lambda: not desk.card.editing)
        assert desk.queue.has_focus
        await desk.press("e", "ctrl+u", "space", "enter")
        await desk.until(lambda: any("can be seen" in one.message for one in app._notifications))
        assert desk.card.editing
        await desk.press("escape")
        assert desk.shown(image) == before


async def test_another_sentence_is_chosen(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        image, before = desk.image, desk.shown(desk.image)
        assert before is not None
        await desk.press("r")
        await desk.until_on(AlternativesScreen)
        options = app.screen.query_one(OptionList)
        await desk.until(lambda: options.option_count, "the alternatives")
        await desk.press("j", "k", "enter")
        await desk.until_on(ReviewScreen)
        await desk.until_shown(image, "accepted")
        after = desk.shown(image)
        assert after is not None
        assert after.text != before.text
        assert after.author == "model"
        assert {one.text: one.state for one in app.annotations.captions([image])[image]} == {
            before.text: "rejected",
            after.text: "accepted",
        }
        assert desk.queue.cursor == 1


async def test_a_rejected_caption_goes_back_to_the_queue(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        image = desk.image
        await desk.press("r")
        await desk.until_on(AlternativesScreen)
        await desk.until(lambda: app.screen.query_one(OptionList).option_count)
        await desk.press("r")
        await desk.until(lambda: desk.queue.images[-1] == image, "the end of the queue")
        assert desk.shown(image) is None
        assert desk.queue.cursor == 0
        await desk.press("r")
        await desk.until_on(AlternativesScreen)
        await desk.press("escape")
        await desk.until_on(ReviewScreen)
        assert desk.shown(desk.image) is not None


async def test_tags_of_one_with_completion(app: ImgsearchApp) -> None:
    app.annotations.tag([1], add=["holiday"])
    async with opened(app) as desk:
        image = desk.queue.images[3]
        await desk.press("j", "j", "j", "t")
        await desk.until_on(TagScreen)
        line = app.screen.query_one(CompletingInput)
        await desk.until(lambda: line.completer.endings("ho", 2), "the known tags")
        await desk.press(*"sea", "comma", *"ho", "tab", "enter")
        await desk.until_on(ReviewScreen)
        assert app.annotations.tags([image])[image] == ("holiday", "sea")
        await desk.until(lambda: (item := desk.queue.item(image)) and item.tags == ("holiday", "sea"))
        assert desk.image == image
        await desk.press("t")
        await desk.until_on(TagScreen)
        await desk.press("minus", *"sea", "enter")
        await desk.until_on(ReviewScreen)
        assert app.annotations.tags([image])[image] == ("holiday",)


async def test_tags_of_many_are_previewed(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        images = desk.queue.images[:3]
        await desk.press("space", "space", "space", "t")
        await desk.until_on(TagScreen)
        await desk.press(*"sea", "enter")
        await desk.until_on(PreviewScreen)
        assert app.screen.query_one(OptionList).option_count == 3
        assert app.annotations.tags(images) == {}
        await desk.press("escape")
        await desk.until_on(TagScreen)
        await desk.press("enter")
        await desk.until_on(PreviewScreen)
        await desk.press("enter")
        await desk.until_on(ReviewScreen)
        assert app.annotations.tags(images) == dict.fromkeys(images, ("sea",))
        assert desk.queue.chosen == set(images)
        await desk.press("t")
        await desk.until_on(TagScreen)
        await desk.press(*"sea", "enter")
        await desk.until(lambda: any("already" in one.message for one in app._notifications))


async def test_many_are_accepted_after_a_preview_and_undone_as_one(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        chosen = desk.queue.images[1:5]
        app.annotations.edit(chosen[0], "mine already")
        await desk.press("j", "v", "j", "j", "j", "v", "a")
        await desk.until_on(PreviewScreen)
        # What a person has written is not among what changes.
        assert app.screen.query_one(OptionList).option_count == 3
        assert desk.states().count("proposed") == COUNT - 1
        await desk.press("n")
        await desk.until_on(ReviewScreen)
        assert desk.queue.chosen == set(chosen)
        await desk.press("a")
        await desk.until_on(PreviewScreen)
        await desk.press("y")
        await desk.until(lambda: desk.states().count("accepted") == 4)
        assert desk.queue.chosen == set()
        await desk.press("u")
        await desk.until(lambda: desk.states().count("accepted") == 1)
        await desk.press("U")
        await desk.until(lambda: desk.states().count("accepted") == 4)
        await desk.press("u")
        await desk.until(lambda: desk.states().count("accepted") == 1)
        await desk.press("ctrl+r")
        await desk.until(lambda: desk.states().count("accepted") == 4)


async def test_many_are_rejected_after_a_preview(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        chosen = desk.queue.images[:2]
        await desk.press("J", "r")
        await desk.until_on(PreviewScreen)
        await desk.press("enter")
        await desk.until(lambda: desk.queue.images[-2:] == chosen)
        assert [desk.shown(image) for image in chosen] == [None, None]


async def test_undoing_goes_to_the_photograph(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        first = desk.image
        await desk.press("a")
        await desk.until_shown(first, "accepted")
        await desk.press("G")
        assert desk.queue.cursor == COUNT - 1
        await desk.press("u")
        await desk.until(lambda: desk.image == first)
        await desk.until_shown(first, "proposed")
        await desk.press("u")
        await desk.until(lambda: any("nothing to undo" in one.message for one in app._notifications))


async def test_choosing(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        images = list(desk.queue.images)
        await desk.press("space", "shift+down")
        assert desk.queue.chosen == set(images[:3])
        await desk.press("K")
        await desk.press("asterisk")
        assert desk.queue.chosen == set(images)
        await desk.press("asterisk")
        assert desk.queue.chosen == set()
        await desk.press("g", "v", "G", "v")
        assert desk.queue.chosen == set(images)
        await desk.press("escape")
        assert desk.queue.chosen == set()
        assert app.screen is desk.screen
        await desk.pilot.click(QueueList, offset=(5, 3))
        assert desk.queue.cursor == 2
        await desk.pilot.click(QueueList, offset=(5, 5), shift=True)
        assert desk.queue.chosen == set(images[2:5])
        await desk.pilot.click(QueueList, offset=(5, 3), control=True)
        assert desk.queue.chosen == set(images[3:5])


async def test_moving(app: ImgsearchApp) -> None:
    async with opened(app, (100, 12)) as desk:
        await desk.press("j", "down", "k", "up", "down")
        assert desk.queue.cursor == 1
        await desk.press("ctrl+d")
        page = desk.queue.cursor
        assert page > 2
        assert desk.queue.scroll_offset.y > 0
        await desk.press("ctrl+u")
        assert desk.queue.cursor == 1
        await desk.press("G", "j", "pagedown")
        assert desk.queue.cursor == COUNT - 1
        await desk.press("home")
        assert desk.queue.cursor == 0
        await desk.press("colon", *"7", "enter")
        assert desk.queue.cursor == 6
        await desk.press("colon", *"x", "enter")
        assert desk.queue.cursor == 6
        await desk.press("colon", "escape")
        assert desk.queue.has_focus


async def test_skipping_passes_over_what_is_judged(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        await desk.press("j", "a")
        await desk.until_shown(desk.queue.images[1], "accepted")
        await desk.press("g", "s")
        assert desk.queue.cursor == 2
        await desk.press("G", "n")
        assert desk.queue.cursor == 0


async def test_the_place_is_kept_after_an_action(app: ImgsearchApp) -> None:
    async with opened(app, (100, 12)) as desk:
        await desk.press(*"jjjjjj")
        image, place, scrolled = desk.image, desk.queue.cursor, desk.queue.scroll_offset
        await desk.press("t")
        await desk.until_on(TagScreen)
        await desk.press(*"sea", "enter")
        await desk.until(lambda: (item := desk.queue.item(image)) and item.tags)
        assert (desk.image, desk.queue.cursor, desk.queue.scroll_offset) == (image, place, scrolled)
        assert desk.queue.has_focus
        await desk.press("f5")
        await desk.until(lambda: desk.queue.item(image))
        assert desk.image == image


async def test_orders_and_parts(app: ImgsearchApp, library: Library) -> None:
    async with opened(app) as desk:
        await desk.press("o")
        by_date = [one.image_id for one in lined_up(library, order=Order.DATE)]
        await desk.until(lambda: desk.queue.images == by_date)
        await desk.press("o")
        by_path = [one.image_id for one in lined_up(library, order=Order.PATH)]
        await desk.until(lambda: desk.queue.images == by_path)
        assert app.state.review_order == "path"
        await desk.press("a")
        await desk.until_shown(by_path[0], "accepted")
        await desk.press("p")
        await desk.until(lambda: desk.queue.images == by_path[:1])
        await desk.press("p")
        await desk.until(lambda: desk.queue.images == by_path)
        await desk.press("p")
        await desk.until(lambda: desk.queue.images == by_path[1:])


async def test_a_query_is_reviewed(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        caption = desk.shown(desk.queue.images[4])
        assert caption is not None
        asked = caption.text
        options = SearchOptions(collapse_duplicates=False)
        answers = app.engine.search(parse(asked), options).ranking.image_ids.tolist()
        assert answers
        await desk.press("slash")
        desk.screen.query_one("#review-line", Input).value = asked
        await desk.press("enter")
        await desk.until(lambda: desk.queue.images == answers, "the answers")
        assert "best answers first" in str(desk.screen.query_one("#review-what", Static).render())
        await desk.press("slash")
        line = desk.screen.query_one("#review-line", Input)
        assert line.value == asked
        await desk.press("ctrl+u", *'"a', "enter")
        await desk.until(lambda: any("never closed" in one.message for one in app._notifications))
        await desk.press("escape")
        await desk.until(lambda: "most doubtful" in str(desk.screen.query_one("#review-what", Static).render()))


async def test_history_and_agreement(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        image = desk.image
        await desk.press("a")
        await desk.until_shown(image, "accepted")
        await desk.press("k", "i")
        await desk.until_on(HistoryScreen)
        lines = app.screen.query_one("#history-lines", Static)
        await desk.until(lambda: "accepted" in str(lines.render()))
        assert "proposed" in str(lines.render())
        await desk.press("j", "k", "escape")
        await desk.until_on(ReviewScreen)
        await desk.until(lambda: "1 of 12" in str(desk.screen.query_one("#review-progress", Static).render()))
        await desk.press("S")
        await desk.until_on(AgreementScreen)
        words = " ".join(str(one.render()) for one in app.screen.query(Static))
        assert "accepted as they were" in words
        assert "100%" in words
        await desk.press("escape")
        await desk.until_on(ReviewScreen)


async def test_how_sure_the_model_is_of_each_word(app: ImgsearchApp) -> None:
    async with opened(app) as desk:
        caption = desk.shown(desk.image)
        assert caption is not None
        assert caption.caption_id not in desk.screen._known_words
        await desk.press("w")
        await desk.until(lambda: caption.caption_id in desk.screen._known_words, "the words")
        assert [word for word, _ in desk.screen._known_words[caption.caption_id]] == caption.text.split()
        assert app.state.word_confidence
        await desk.press("w")
        assert not app.state.word_confidence


async def test_two_apps_on_one_library_stay_consistent(app: ImgsearchApp, library: Library, tiny_model: object) -> None:
    async with opened(app) as desk:
        first, second = desk.queue.images[:2]
        # Another program, with connections of its own.
        with Library.open(library.paths.folder) as other:
            theirs = Annotations(other)
            theirs.accept([first])
            theirs.edit(second, "their words")
            await desk.until_shown(first, "accepted")
            await desk.until_shown(second, "accepted")
            assert desk.image == first
            item = desk.queue.item(second)
            assert item is not None
            assert item.caption is not None
            assert item.caption.text == "their words"
            await desk.press("u")
            await desk.until_shown(second, "proposed")
            assert theirs.read(catalogue.captions, [second])[second][0].state == "proposed"
            await desk.press("U")
            await desk.until_shown(second, "accepted")


async def test_a_photograph_that_is_gone_leaves_the_queue(app: ImgsearchApp, library: Library) -> None:
    from index_data import catalogue

    async with opened(app) as desk:
        gone = desk.queue.images[2]
        with library.transaction(write=True) as session:
            catalogue.remove_places(session, list(library.read(catalogue.images, [gone])[gone].paths))
        await desk.until(lambda: gone not in desk.queue.images)
        assert len(desk.queue.images) == COUNT - 1
