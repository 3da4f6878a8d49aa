"""An account at the paper broker, in a terminal's place."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Final, Literal, TypeVar

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.errors import BrokerError
from metafleet.engine.broker.records import Deal, TickEvent
from metafleet.runner import translate
from metafleet.runner.agent.settings import TerminalSettings
from metafleet.runner.agent.source import Facts, SourceLost
from metafleet.wire import messages

PAGE: Final = 1000

Answer = TypeVar("Answer")


class PaperSource:
    """One connection, made when it is needed, that only asks. Server time is UTC."""

    platform: Literal["paper"] = "paper"

    def __init__(self, settings: TerminalSettings) -> None:
        self._settings = settings
        self._client: BrokerClient | None = None
        self._sizes: dict[str, float] = {}
        self._ticked_s: float | None = None

    def is_running(self) -> bool:
        """Always: a connection is all that there is of it."""
        return True

    def start(self) -> None:
        """Nothing to start."""

    def facts(self) -> Facts:
        began_s = time.perf_counter()
        account = self._ask(lambda client: client.account())
        latency_ms = round((time.perf_counter() - began_s) * 1000, 1)
        for event in self._ask(lambda client: client.poll(0)):
            if isinstance(event, TickEvent):
                self._ticked_s = time.time()
        return Facts(
            is_connected=True,
            is_algo_trading=account.trade_allowed,
            latency_ms=latency_ms,
            last_tick_at=self._ticked_s,
            utc_offset_s=0,
            logs=(self._settings.logs,) if self._settings.logs else (),
        )

    def account(self) -> messages.AccountInfo:
        return translate.account(self._ask(lambda client: client.account()))

    def positions(self) -> list[messages.Position]:
        return [translate.position(held) for held in self._ask(lambda client: client.positions())]

    def deals_after(self, ticket: int) -> list[messages.Deal]:
        found: list[messages.Deal] = []
        while page := self._page(ticket):
            found += [translate.deal(deal, self._sizes.get(deal.symbol)) for deal in page]
            ticket = page[-1].ticket
        return found

    def _page(self, after: int) -> list[Deal]:
        return self._ask(lambda client: client.deals(after, PAGE))

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _ask(self, question: Callable[[BrokerClient], Answer]) -> Answer:
        try:
            if self._client is None:
                self._client = self._connect()
            return question(self._client)
        except BrokerError as lost:
            self.close()
            raise SourceLost(str(lost)) from lost

    def _connect(self) -> BrokerClient:
        said = self._settings
        host, _, port = said.address.rpartition(":")
        client = BrokerClient(host, int(port))
        try:
            client.login(said.login, said.password, said.server)
            self._sizes = {spec.name: spec.contract_size for spec in client.symbols()}
            if said.symbol in self._sizes:
                client.subscribe([said.symbol])
        except BaseException:
            with contextlib.suppress(BrokerError):
                client.close()
            raise
        return client
