"""What the Brain's endpoints work with: models, bars, and the two batches that a signal goes through.

Questions that wait together become one matrix of each model, in a thread; what was thought of them becomes
one statement and one commit, before anybody is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from metafleet.hub.gateway import metrics
from metafleet.hub.gateway.batches import Batches, Rest
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.gateway.plans import Plans
from metafleet.hub.kernel import clock
from metafleet.hub.signals.serving import counter, records
from metafleet.hub.signals.serving.calendars import Calendars
from metafleet.hub.signals.serving.counter import Asked
from metafleet.hub.signals.serving.naming import Names
from metafleet.hub.signals.serving.own_bars import OwnBars
from metafleet.hub.signals.serving.records import Draft, Kept
from metafleet.hub.signals.serving.refusals import RETRY_AFTER_S, NotLoaded
from metafleet.hub.signals.serving.shelf import Mind, Shelf
from metafleet.hub.signals.serving.thinking import Question, Thinker, Thought
from metafleet.hub.signals.stores import ModelStore

MOST_TOGETHER: Final = 256
"""Questions in one matrix: it takes a thread some tens of milliseconds."""
REST_S: Final = 0.002
"""From one statement to the next: whoever waits for a signal waits for this at most."""
_FIRST_LOOK_S: Final = 5.0
"""How long a question waits for the registry to be read the first time."""

Writing = tuple[Draft, ...]
"""The champion's row, and its challenger's, which are written together."""


@dataclass(frozen=True, slots=True)
class Told:
    """A signal, as it was kept. symbol: by the name that it was asked of."""

    mind: Mind
    draft: Draft
    kept: Kept
    symbol: str


@dataclass(frozen=True, slots=True)
class BrainDesk:
    shelf: Shelf
    own_bars: OwnBars
    calendars: Calendars
    names: Names
    plans: Plans
    thoughts: Batches[Question, Thought]
    writings: Batches[Writing, Kept | None]
    thread: ThreadPoolExecutor

    async def signal(self, asked: Asked, name: str | None) -> Told:
        """Return the signal of a question, which is in the database by then.

        Raises Unauthorised, Unavailable, and the refusals of `signals.serving`.
        """
        said, asked = asked.symbol, replace(asked, symbol=self.names.meant(asked.symbol))
        plan = await self.plans.of(asked.slot.tenant_id)
        await self._first_look()
        try:
            served = self.shelf.find(asked.symbol, asked.timeframe, name, plan)
        except NotLoaded as broken:
            raise Unavailable(broken.detail, retry_after_s=RETRY_AFTER_S) from None
        found = await counter.questions(asked, served, self.own_bars, self.calendars)
        thought = self.thoughts.submit(found.champion)
        shadow = self.thoughts.submit(found.challenger) if found.challenger else None
        draft = counter.draft(asked, found, found.champion, await thought)
        drafts = [draft]
        if found.challenger is not None and shadow is not None:
            await asyncio.wait({shadow})
            # What a challenger stumbles over is nobody's: it has no signal of this bar.
            if shadow.exception() is None:
                drafts.append(counter.draft(asked, found, found.challenger, shadow.result()))
        kept = await self.writings.submit(tuple(drafts))
        if kept is None:
            raise revoked()
        return Told(found.champion.mind, draft, kept, said)

    async def _first_look(self) -> None:
        if self.shelf.is_read.is_set():
            return
        try:
            await asyncio.wait_for(self.shelf.is_read.wait(), _FIRST_LOOK_S)
        except TimeoutError:
            raise Unavailable("The models are being read.", retry_after_s=RETRY_AFTER_S) from None

    def close(self) -> None:
        self.thread.shutdown(wait=False, cancel_futures=True)


def assemble(database: Database, store: ModelStore | None, calendars: Calendars, names: Names) -> BrainDesk:
    """Return a desk; its shelf is to be run. store: where files are that their rows do not have."""
    thread, thinker = ThreadPoolExecutor(1, "brain"), Thinker()
    return BrainDesk(
        shelf=Shelf(database.ask, store),
        own_bars=OwnBars(database.ask),
        calendars=calendars,
        names=names,
        plans=Plans(database),
        thoughts=Batches(
            partial(_think, thread, thinker), most=MOST_TOGETHER, on_batch=metrics.batch("thoughts")
        ),
        writings=Batches(
            partial(_write, database),
            most=records.MOST,
            rest=Rest(REST_S, sender=lambda drafts: drafts[0].slot.name),
            weigh=len,
            on_batch=metrics.batch("signals"),
        ),
        thread=thread,
    )


async def _think(
    thread: ThreadPoolExecutor, thinker: Thinker, questions: Sequence[Question]
) -> Sequence[Thought | Exception]:
    return await asyncio.get_running_loop().run_in_executor(thread, thinker.think, questions)


async def _write(database: Database, writings: Sequence[Writing]) -> Sequence[Kept | Exception | None]:
    drafts = [draft for writing in writings for draft in writing]
    rows = await database.ask(*records.statement(drafts, clock.now()))
    kept, answers, place = records.kept(drafts, rows), list[Kept | Exception | None](), 0
    for writing in writings:
        # Of each the champion's, which is its first; the shadow's is nobody's answer.
        answers.append(kept[place])
        place += len(writing)
    return answers
