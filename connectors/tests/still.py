"""A terminal whose every figure is given, and what a program says of it: the golden messages.

`python -m connectors.tests.still` writes them anew, after a change of what the connectors say.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from connectors.harness.compiler import compile_program
from connectors.harness.machine import Machine, MqlError
from connectors.harness.running import Running
from connectors.harness.source import Platform

CONNECTORS: Final = Path(__file__).parents[1]
EXAMPLES: Final = Path(str(files("metafleet.wire") / "examples"))
PLATFORMS: Final[tuple[Platform, ...]] = ("mql4", "mql5")
URL: Final = "http://hub.test"
CODE: Final = "ABCD-EFGH"
NOON_MSC: Final = 1_772_452_800_000
"""2026-03-02 12:00 UTC, when the examples were said."""
OFFSET_S: Final = 7_200
NOON_S: Final = NOON_MSC // 1000 + OFFSET_S
"""The same by the server's clock."""

ACCOUNT: Final[dict[str, object]] = {
    "ACCOUNT_LOGIN": 5_012_345, "ACCOUNT_SERVER": "Bröker-Demo 2", "ACCOUNT_CURRENCY": "USD",
    "ACCOUNT_LEVERAGE": 100, "ACCOUNT_BALANCE": 10_039.65, "ACCOUNT_EQUITY": 10_051.33,
    "ACCOUNT_MARGIN": 108.5, "ACCOUNT_MARGIN_FREE": 9_942.83, "ACCOUNT_MARGIN_LEVEL": 9_263.9,
    "ACCOUNT_PROFIT": 11.68, "ACCOUNT_MARGIN_MODE": 2, "ACCOUNT_TRADE_EXPERT": 1,
}  # fmt: skip
SYMBOL: Final[dict[str, object]] = {
    "SYMBOL_DIGITS": 5, "SYMBOL_SPREAD": 8, "SYMBOL_FILLING_MODE": 2, "SYMBOL_BID": 1.0863,
    "SYMBOL_ASK": 1.08638, "SYMBOL_POINT": 0.00001, "SYMBOL_TRADE_TICK_VALUE": 1.0,
    "SYMBOL_TRADE_TICK_SIZE": 0.00001, "SYMBOL_VOLUME_MIN": 0.01, "SYMBOL_VOLUME_MAX": 100.0,
    "SYMBOL_VOLUME_STEP": 0.01,
}  # fmt: skip
POSITION: Final[dict[str, object]] = {
    "POSITION_TICKET": 700_003, "POSITION_SYMBOL": "EURUSD", "POSITION_TYPE": 0, "POSITION_VOLUME": 0.1,
    "POSITION_PRICE_OPEN": 1.08512, "POSITION_PRICE_CURRENT": 1.0863, "POSITION_PROFIT": 11.8,
    "POSITION_SWAP": -0.12, "POSITION_TIME": NOON_S - 1_800, "POSITION_SL": 1.08312,
    "POSITION_TP": 1.08912, "POSITION_MAGIC": 77, "POSITION_COMMENT": 'mf "trend" \\ 5 €',
}  # fmt: skip
DEPOSIT: Final[dict[str, object]] = {
    "DEAL_TICKET": 900_004, "DEAL_TYPE": 2, "DEAL_TIME": NOON_S - 7_200,
    "DEAL_TIME_MSC": (NOON_S - 7_200) * 1000, "DEAL_PROFIT": 10_000.0, "DEAL_COMMENT": "Initial deposit",
}  # fmt: skip
ENTRY: Final[dict[str, object]] = {
    "DEAL_TICKET": 9_007_199_254_740_000, "DEAL_SYMBOL": "EURUSD", "DEAL_TYPE": 0, "DEAL_ENTRY": 0,
    "DEAL_POSITION_ID": 700_003, "DEAL_ORDER": 700_003, "DEAL_TIME": NOON_S - 1_800,
    "DEAL_TIME_MSC": (NOON_S - 1_800) * 1000 + 123, "DEAL_VOLUME": 0.1, "DEAL_PRICE": 1.08512,
    "DEAL_COMMISSION": -0.35, "DEAL_MAGIC": 77, "DEAL_REASON": 3, "DEAL_SL": 1.08312, "DEAL_TP": 1.08912,
    "DEAL_COMMENT": "mf:trend",
}  # fmt: skip
HELD: Final[dict[str, object]] = {
    "ticket": 700_003, "symbol": "EURUSD", "type": 0, "lots": 0.1, "open_price": 1.08512,
    "open_time": NOON_S - 1_800, "close_price": 1.0863, "close_time": 0, "stop_loss": 1.08312,
    "take_profit": 1.08912, "profit": 11.8, "swap": -0.12, "commission": -0.35,
    "comment": 'mf "trend" \\ 5 €', "magic": 77,
}  # fmt: skip
CLOSED: Final[dict[str, object]] = {
    **HELD, "ticket": 700_002, "type": 1, "open_price": 1.27, "open_time": NOON_S - 7_000,
    "close_price": 1.2685, "close_time": NOON_S - 3_600, "profit": 15.0, "comment": "grid[tp]",
}  # fmt: skip
BALANCE: Final[dict[str, object]] = {
    **dict.fromkeys(HELD, 0), "ticket": 700_001, "symbol": "", "type": 6, "open_time": NOON_S - 8_000,
    "close_time": NOON_S - 8_000, "profit": 10_000.0, "comment": "Initial deposit",
}  # fmt: skip


class Still:
    """Answers what both platforms' programs ask, always the same."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self._selected: dict[str, object] = HELD

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        """Return the answer's fields; None where a program must not ask this."""
        handler: Callable[..., object] | None = getattr(self, f"on_{name}", None)
        if handler is not None:
            found = handler(*arguments)
            return found if isinstance(found, list) else [found]
        plain = {
            **dict.fromkeys(("PositionsTotal", "OrdersTotal", "SymbolSelect", "HistorySelect"), 1),
            "OrdersHistoryTotal": 2,
            "HistoryDealsTotal": 2,
            "Symbol": "EURUSD",
            "MQLInfo": 1,
        }
        return [plain[name]] if name in plain else None

    def on_AccountInfo(self, name: str) -> object:  # noqa: N802 - named as MQL's, all of these
        return ACCOUNT[name]

    def on_TerminalInfo(self, name: str) -> object:  # noqa: N802
        return 5_320 if name == "TERMINAL_BUILD" else 1

    def on_MQLInfo(self, name: str) -> object:  # noqa: N802
        return int(name == "MQL_TRADE_ALLOWED")

    def on_SymbolInfo(self, _: str, name: str) -> object:  # noqa: N802
        return SYMBOL[name]

    def on_SymbolInfoTick(self, _: str) -> object:  # noqa: N802
        return [NOON_S, 1.0863, 1.08638, 0.0, NOON_S * 1000]

    def on_PositionGetTicket(self, _: str) -> object:  # noqa: N802
        return POSITION["POSITION_TICKET"]

    def on_PositionSelectByTicket(self, _: str) -> object:  # noqa: N802
        return 1

    def on_PositionGet(self, name: str) -> object:  # noqa: N802
        return POSITION[name]

    def on_OrderGetTicket(self, _: str) -> object:  # noqa: N802
        return 0

    def on_HistoryDealGetTicket(self, index: str) -> object:  # noqa: N802
        return (DEPOSIT, ENTRY)[int(index)]["DEAL_TICKET"]

    def on_HistoryDealGet(self, ticket: str, name: str) -> object:  # noqa: N802
        deal = DEPOSIT if int(ticket) == DEPOSIT["DEAL_TICKET"] else ENTRY
        return deal.get(name, "" if name in {"DEAL_SYMBOL", "DEAL_COMMENT"} else 0)

    def on_OrderSelect(self, index: str, by: str, pool: str) -> object:  # noqa: N802
        by_ticket = {row["ticket"]: row for row in (BALANCE, CLOSED, HELD)}
        in_place = dict(enumerate((BALANCE, CLOSED) if pool == "1" else (HELD,)))
        found = (by_ticket if by == "1" else in_place).get(int(index))
        if found is None:
            raise MqlError(4108)
        self._selected = found
        return 1

    def on_OrderGet(self, name: str) -> object:  # noqa: N802
        return self._selected[name]

    def on_OrderSend(self, *fields: str) -> object:  # noqa: N802
        self.sent.append(list(fields))
        return [10_009, 900_006, 700_004, 0.2, 1.08638, "done"] if len(fields) > 9 else 700_003

    def on_CopyRatesRange(self, _: str, timeframe: str, begin: str, end: str) -> object:  # noqa: N802
        return [value for time in range(int(begin), int(end) + 1, 60) for value in _bar(time)]

    def on_CopyRatesFromPos(self, _: str, timeframe: str, start: str, count: str) -> object:  # noqa: N802
        newest = NOON_S // 900 * 900 - 900 * int(start)
        return [
            value for place in range(int(count)) for value in _bar(newest - 900 * (int(count) - 1 - place))
        ]


def _bar(time: int) -> tuple[object, ...]:
    step = time // 60 % 7 * 0.0001
    return time, 1.0851 + step, 1.0853 + step, 1.0849 + step, 1.0852 + step, 100 + time // 60 % 7, 8, 0


def example(name: str) -> bytes:
    """Return a golden message."""
    return (EXAMPLES / f"{name}.json").read_bytes()


class Hub:
    """Answers as the golden replies say, and keeps what was said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []
        self._commands = ["commands_reply", "commands_reply_orders"]

    def answer(self, method: str, address: str, body: bytes) -> tuple[int, bytes, bytes]:
        path = address.removeprefix(URL).split("?")[0]
        if body:
            self.said.append((path, body))
        if method == "GET":
            name = self._commands.pop(0) if self._commands else ""
            return 200, b"", example(name) if name else b'{"success":true,"commands":[]}'
        replies = {"enrol": "enrolment_reply", "heartbeat": "heartbeat_reply", "trades": "trades_reply"}
        last = path.rsplit("/", 1)[1]
        return 200, b"", example({**replies, "signal": "signal_reply"}.get(last, "success"))


def program_of(name: str, platform: Platform, kept: Path) -> Path:
    """Return a compiled program."""
    ending = platform[-1]
    return compile_program(CONNECTORS / f"mql{ending}" / f"{name}.mq{ending}", kept)


def lived(platform: Platform, folder: Path, kept: Path) -> tuple[Hub, Still]:
    """Let a connector pair, report and obey, and a Brain EA ask; return whom they spoke to."""
    hub, terminal = Hub(), Still()
    machine = Machine(folder, platform, allowed=(URL,), server_offset_s=lambda: OFFSET_S, web=hub.answer)
    machine.advance_to(NOON_MSC)
    inputs: dict[str, object] = {"InpAddress": URL, "InpPairingCode": CODE, "InpMayTrade": True}
    for name, more in (
        ("MetafleetConnector", inputs),
        ("MetafleetBrain", {"InpAddress": URL, "InpBars": 30}),
    ):
        with Running(program_of(name, platform, kept), terminal, machine, more) as program:
            program.init()
            program.pass_time(20)
            if program.faults:
                raise AssertionError(program.faults)
    return hub, terminal


def spoken(hub: Hub) -> Iterator[tuple[str, bytes]]:
    """Yield the first message of each kind by its name, as the examples are written."""
    opened = json.loads(example("commands_reply_orders"))["commands"][0]["id"]
    names = {"enrol": "enrolment", "signal": "signal_request", opened: "command_result"}
    seen = set()
    for path, body in hub.said:
        parts = path.split("/")
        if parts[-1] == "result" and parts[-2] != opened:
            continue
        key = parts[-2] if parts[-1] == "result" else parts[-1]
        name = names.get(key, key)
        if name not in seen:
            seen.add(name)
            yield name, msgspec.json.format(body, indent=2) + b"\n"


def main() -> None:
    """Write the golden messages of both platforms' programs."""
    kept = Path(tempfile.gettempdir()) / f"metafleet-connectors-{os.getuid()}"
    for platform in PLATFORMS:
        with tempfile.TemporaryDirectory() as folder:
            hub, _ = lived(platform, Path(folder), kept)
        for name, message in spoken(hub):
            (EXAMPLES / "connector" / f"{platform}_{name}.json").write_bytes(message)


if __name__ == "__main__":
    main()
