"""How a terminal says what its broker knows: the protocol's looseness, used to the full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from metafleet.cli.simulator import book
from metafleet.cli.simulator.broker import Held, Report
from metafleet.cli.simulator.load import encode
from metafleet.cli.simulator.plan import Habits, server_offset_s

PATH: Final = "/webhook/terminal"
_ENCODER: Final = msgspec.json.Encoder()
_SIDES: Final = ("BUY", "SELL")


class Voice:
    """One terminal's way to speak. `token` changes when the hub renews it.

    Every body names the account that the terminal is signed in to, as connectors do: in version 1
    by the words of the public EA.
    """

    __slots__ = ("_habits", "_signed_in", "_terminal_id", "token")

    def __init__(self, habits: Habits, terminal_id: str, token: str) -> None:
        self._habits = habits
        self._terminal_id = terminal_id
        self._signed_in: dict[str, Any] = {}
        self.token = token

    def sign_in(self, login: int, server: str) -> None:
        """Be signed in to this account from now on."""
        names = ("mt5Login", "mt5Server") if self._habits.protocol == 1 else ("login", "server")
        self._signed_in = dict(zip(names, (login, server), strict=True))

    def post(self, path: str, said: dict[str, Any]) -> bytes:
        """Return the request that says this, with who says it."""
        claims: dict[str, Any] = {"terminalId": self._terminal_id, **self._signed_in}
        if self._habits.token_in_body:
            claims["authToken"] = self.token
        body = _ENCODER.encode({**claims, **said})
        if self._habits.is_ansi:
            body = body.decode().encode("windows-1252", "replace")
        return self.post_bytes(path, body)

    def post_bytes(self, path: str, body: bytes) -> bytes:
        """Return the request with this body, whatever it is."""
        if self._habits.ends_with_nul:
            body += b"\x00"
        token = None if self._habits.token_in_body else self.token
        return encode("POST", PATH + path, body, token=token, is_gzip=self._habits.is_gzip)

    def poll(self, wait_s: int) -> bytes:
        return encode("GET", f"{PATH}/commands?wait={wait_s}", token=self.token)

    def result(self, command_id: str, said: dict[str, Any]) -> bytes:
        return encode("POST", f"{PATH}/commands/{command_id}/result", _ENCODER.encode(said), token=self.token)

    def items(self, reports: Sequence[Report]) -> list[dict[str, Any]]:
        return [self.item(report) for report in reports]

    def item(self, report: Report) -> dict[str, Any]:
        """Return one item of a batch: a deal, or a closed MT4 order."""
        deal = report.deals[0]
        if len(report.deals) == 2:
            return self._order(deal, report.deals[1])
        if deal.entry is None:
            return {**self._common(deal), "dealType": deal.kind}
        return {
            **self._common(deal),
            "type": _SIDES[deal.kind],
            "volume": self._lots(deal.lots),
            "openPrice": self._price(deal.points),
            "positionId": self._whole(deal.position),
            "orderId": self._whole(deal.order),
            "entryType": deal.entry,
            "reason": deal.reason,
            "fee": self._money(deal.fee),
        }

    def position(self, held: Held, profit_cents: int) -> dict[str, Any]:
        """Return one item of a snapshot."""
        most = held.points // 20
        moved = max(-most, min(most, profit_cents * 1_000 // held.lots))
        return {
            "ticket": self._whole(held.ticket),
            "symbol": held.symbol,
            "type": _SIDES[held.side],
            "volume": self._lots(held.lots),
            "openPrice": self._price(held.points),
            "currentPrice": self._price(held.points + (moved if held.side == book.BUY else -moved)),
            "profit": self._money(profit_cents * book.CENT),
            "openTime": self._time(held.opened_ms),
            "stopLoss": self._price(held.stop or 0),
            "magic": held.magic,
            "comment": held.comment,
        }

    def _order(self, entry: book.Deal, leaving: book.Deal) -> dict[str, Any]:
        return {
            **self._common(entry),
            "type": _SIDES[entry.kind],
            "volume": self._lots(entry.lots),
            "openPrice": self._price(entry.points),
            "closePrice": self._price(leaving.points),
            "closeTime": self._time(leaving.at_ms),
            "profit": self._money(leaving.profit),
            "swap": self._money(leaving.swap),
        }

    def _common(self, deal: book.Deal) -> dict[str, Any]:
        said = {
            "ticket": self._whole(deal.ticket),
            "symbol": deal.symbol,
            "profit": self._money(deal.profit),
            "commission": self._money(deal.commission),
            "swap": self._money(deal.swap),
            "comment": deal.comment,
            "magic": deal.magic,
            "stopLoss": self._price(deal.stop or 0),
            "takeProfit": self._price(deal.target),
        }
        if self._habits.times == "msc" and self._habits.mode != "mt4":
            said["timeMsc"] = deal.at_ms + 1000 * server_offset_s(self._habits, deal.at_ms / 1000)
        else:
            said["openTime"] = self._time(deal.at_ms)
        return said

    def _time(self, at_ms: int) -> int | str:
        server_ms = at_ms + 1000 * server_offset_s(self._habits, at_ms / 1000)
        match self._habits.times:
            case "iso":
                return book.instant(at_ms).isoformat()
            case "milliseconds":
                return server_ms
            case _ if self._habits.numbers == "string":
                return str(server_ms // 1000)
            case _:
                return server_ms // 1000

    def _whole(self, value: int | None) -> int | str | None:
        return str(value) if self._habits.numbers == "string" and value is not None else value

    def _lots(self, value: int) -> float | str:
        return f"{book.lots(value)}" if self._habits.numbers == "string" else value / book.LOT

    def _price(self, value: int | None) -> float | str | None:
        if value is None:
            return None
        return f"{book.price(value):f}" if self._habits.numbers == "string" else value / book.PRICE

    def _money(self, value: int) -> float | str:
        return f"{book.money(value):f}" if self._habits.numbers == "string" else value / book.MONEY
