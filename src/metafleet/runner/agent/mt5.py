"""A MetaTrader 5 terminal through MetaQuotes' own package, which is installed on Windows alone.

Of the package only what reads is used. `login` and `shutdown` are never called: brokers flag accounts
that sign in and out, and the terminal belongs to its owner. `initialize` names the terminal's path and
no account, so the terminal keeps the one that it is signed in to.
"""

from __future__ import annotations

import importlib
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import psutil

from metafleet.runner.agent.settings import TerminalSettings
from metafleet.runner.agent.source import Facts, SourceLost
from metafleet.wire import messages

_DAY_S: Final = 86_400
_FRESH_S: Final = 60.0
"""A tick tells the server's offset from UTC where the rest to a quarter of an hour is below this."""
_QUARTER_S: Final = 900
_WORDS: Final = {0: "BUY", 1: "SELL"}
_MARGIN_MODES: Final[dict[int, Literal["hedging", "netting"]]] = {0: "netting", 1: "netting", 2: "hedging"}


class Mt5Source:
    """One terminal, by the path of its program. The package holds one connection for each process."""

    platform: Literal["mt5"] = "mt5"

    def __init__(self, settings: TerminalSettings) -> None:
        """Raises SourceLost where the package is not installed."""
        self._settings = settings
        try:
            self._mt5: Any = importlib.import_module("MetaTrader5")
        except ImportError as lacking:
            raise SourceLost("the package MetaTrader5 is not installed: pip install MetaTrader5") from lacking
        self._is_attached = False
        self._process: psutil.Process | None = None
        self._sizes: dict[str, float | None] = {}
        self._tick_msc: int | None = None
        self._ticked_s: float | None = None
        self._offset_s: int | None = None
        self._highest, self._newest_s = 0, 0

    def is_running(self) -> bool:
        if self._process is None or not self._process.is_running():
            self._process = _process_of(self._settings.path)
            self._is_attached = self._is_attached and self._process is not None
        return self._process is not None

    def start(self) -> None:
        try:
            subprocess.Popen([self._settings.path], cwd=Path(self._settings.path).parent)  # noqa: S603
        except OSError as trouble:
            raise SourceLost(f"{self._settings.path} cannot be started: {trouble}") from trouble

    def facts(self) -> Facts:
        info = self._ask("terminal_info")
        self._look_at_tick()
        return Facts(
            is_connected=bool(info.connected),
            is_algo_trading=bool(info.trade_allowed),
            latency_ms=info.ping_last / 1000 if info.ping_last else None,
            last_tick_at=self._ticked_s,
            utc_offset_s=self._offset_s,
            build=info.build,
            logs=self._log_folders(info.data_path),
        )

    def account(self) -> messages.AccountInfo:
        info = self._ask("account_info")
        if not info.login:
            raise SourceLost("the terminal is signed in to no account")
        return messages.AccountInfo(
            login=info.login,
            server=info.server,
            currency=info.currency,
            leverage=info.leverage,
            balance=info.balance,
            equity=info.equity,
            margin=info.margin,
            free_margin=info.margin_free,
            margin_level=info.margin_level,
            floating_pnl=info.profit,
            margin_mode=_MARGIN_MODES.get(info.margin_mode),
            trade_allowed=bool(info.trade_allowed and info.trade_expert),
        )

    def positions(self) -> list[messages.Position]:
        return [_position(held) for held in self._ask("positions_get")]

    def deals_after(self, ticket: int) -> list[messages.Deal]:
        """Of what was seen already only the last day is asked again; server time may be ahead of ours."""
        from_s = max(0, self._newest_s - _DAY_S) if self._highest and ticket >= self._highest else 0
        found = self._ask("history_deals_get", from_s, int(time.time()) + 2 * _DAY_S)
        fresh = sorted((deal for deal in found if deal.ticket > ticket), key=lambda deal: int(deal.ticket))
        self._newest_s = max([self._newest_s, *(deal.time for deal in found)])
        self._highest = max([self._highest, *(deal.ticket for deal in found)])
        return [_deal(deal, self._contract_size(deal.symbol)) for deal in fresh]

    def close(self) -> None:
        """Nothing: the pipe ends with this process, and the terminal runs on."""

    def _ask(self, name: str, *arguments: Any) -> Any:
        if not self._is_attached and not self._mt5.initialize(path=self._settings.path):
            raise SourceLost(self._error("initialize"))
        self._is_attached = True
        answer = getattr(self._mt5, name)(*arguments)
        if answer is None:
            self._is_attached = False
            raise SourceLost(self._error(name))
        return answer

    def _error(self, name: str) -> str:
        code, text = self._mt5.last_error()
        return f"{name}: {text} ({code})"

    def _look_at_tick(self) -> None:
        """A tick that is new tells that quotes come, and by its own time how the server's clock goes."""
        tick = self._mt5.symbol_info_tick(self._settings.symbol)
        if tick is None or tick.time_msc == self._tick_msc:
            return
        is_first, self._tick_msc = self._tick_msc is None, tick.time_msc
        if is_first:
            return
        self._ticked_s = time.time()
        ahead_s = tick.time_msc / 1000 - self._ticked_s
        offset_s = round(ahead_s / _QUARTER_S) * _QUARTER_S
        if abs(ahead_s - offset_s) < _FRESH_S:
            self._offset_s = offset_s

    def _contract_size(self, symbol: str) -> float | None:
        if symbol and symbol not in self._sizes:
            info = self._mt5.symbol_info(symbol)
            self._sizes[symbol] = None if info is None else info.trade_contract_size
        return self._sizes.get(symbol)

    def _log_folders(self, data_path: str) -> Sequence[str]:
        if self._settings.logs:
            return (self._settings.logs,)
        return (str(Path(data_path) / "logs"), str(Path(data_path) / "MQL5" / "Logs"))


def _process_of(path: str) -> psutil.Process | None:
    wanted = _same(str(Path(path).resolve()))
    for process in psutil.process_iter(["exe"]):
        if _same(process.info["exe"] or "") == wanted:
            return process
    return None


def _same(path: str) -> str:
    return path.replace("\\", "/").casefold()


def _position(held: Any) -> messages.Position:
    return messages.Position(
        ticket=held.ticket,
        symbol=held.symbol,
        type="BUY" if held.type == 0 else "SELL",
        volume=held.volume,
        open_price=held.price_open,
        current_price=held.price_current,
        profit=held.profit,
        swap=held.swap,
        open_time=held.time_msc,
        stop_loss=held.sl or None,
        take_profit=held.tp or None,
        magic=held.magic,
        comment=held.comment,
    )


def _deal(done: Any, contract_size: float | None) -> messages.Deal:
    word = _WORDS.get(done.type)
    return messages.Deal(
        ticket=done.ticket,
        symbol=done.symbol,
        type=word,
        deal_type=done.type if word is None else None,
        volume=done.volume,
        open_price=done.price,
        open_time=done.time,
        time_msc=done.time_msc,
        commission=done.commission,
        swap=done.swap,
        fee=done.fee,
        profit=done.profit,
        comment=done.comment,
        position_id=done.position_id,
        order_id=done.order,
        magic=done.magic,
        entry_type=done.entry if word is not None else None,
        reason=done.reason,
        contract_size=contract_size if word is not None else None,
    )
