"""What an assistant may look at. Each public method is a tool; its docstring is what the assistant reads."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from metafleet.cli.mcp.desk import Desk, bounded, kept

Id = Annotated[str, Field(pattern="^[0-9a-fA-F-]{36}$", description="An id that another tool gave.")]
OneOrNoId = Annotated[str, Field(pattern="^([0-9a-fA-F-]{36})?$")]
Moment = Annotated[str, Field(description="ISO 8601 with its zone, as 2026-03-01T00:00:00Z; empty for none.")]
Most = Annotated[int, Field(ge=1, le=200)]

_ACCOUNT: Final = (
    *("id", "label", "platform", "login", "server", "currency", "leverage", "marginMode"),
    *("balance", "equity", "margin", "freeMargin", "dayProfit", "openPositions"),
    *("telemetry", "heartbeatAt", "trading", "brokerLink", "instanceCount"),
)
_TRADE: Final = (
    *("id", "accountLabel", "instanceName", "symbol", "side", "state", "volume", "entryPrice", "exitPrice"),
    *("stopLoss", "takeProfit", "enteredAt", "exitedAt", "netProfit", "currency", "r", "exitReason"),
    *("comment", "tags", "rating"),
)
_EA: Final = (
    *("id", "name", "templateSlug", "version", "accountId", "accountLabel", "symbol", "currency"),
    *("desiredState", "state", "statusText", "lastError", "pause", "equity", "dayProfit", "totalProfit"),
    *("floatingProfit", "openPositions", "tradeCount", "telemetry", "heartbeatAt"),
)
_BACKTEST: Final = (
    *("id", "templateSlug", "version", "instanceName", "symbol", "timeframe", "state", "progress", "message"),
    *("changedInputs", "summary", "createdAt", "finishedAt"),
)
_INCIDENT: Final = (
    *("id", "kind", "subjectLabel", "severity", "state", "title", "detail", "done", "openedAt"),
    *("acknowledgedBy", "resolvedAt"),
)
_TEMPLATE: Final = (
    *("id", "slug", "name", "summary", "riskNote", "category", "timeframe", "symbols", "requiredPlan"),
    "allowed",
)


class Reading:
    """Tools that change nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def accounts(self) -> dict[str, Any]:
        """List the trading accounts: balance, equity and today's profit in the account's currency, and how
        fresh these figures are (telemetry: fresh, late, stale or none). Old figures must be called old."""
        return bounded([kept(row, _ACCOUNT) for row in self._desk.get("/api/accounts")])

    def positions(self, account_id: Id) -> dict[str, Any]:
        """List the open positions of an account as its terminal last reported them."""
        return bounded(self._desk.get(f"/api/accounts/{account_id}/positions"))

    def trades(
        self,
        account_id: OneOrNoId = "",
        ea_id: OneOrNoId = "",
        symbol: str = "",
        state: Literal["", "open", "closed", "orphan"] = "",
        since: Moment = "",
        until: Moment = "",
        most: Most = 50,
        page: Annotated[int, Field(ge=1)] = 1,
    ) -> dict[str, Any]:
        """List trades of the journal, the newest first. A trade is one position from entry to exit; netProfit
        has commission and swap in it. `totals` are of all that the filter found, not of this page."""
        found = self._desk.get(
            "/api/trades",
            account=account_id,
            instance=ea_id,
            symbol=symbol,
            state=state,
            **{"from": since, "to": until, "page": page, "pageSize": most},
        )
        listed = bounded([kept(row, _TRADE) for row in found["items"]], of=found["total"])
        return listed | {"page": found["page"], "totals": found["totals"]}

    def statistics(
        self,
        account_id: OneOrNoId = "",
        ea_id: OneOrNoId = "",
        symbol: str = "",
        since: Moment = "",
        until: Moment = "",
    ) -> dict[str, Any]:
        """Return the figures of a trade report (net profit, profit factor, drawdowns, streaks, Sharpe and
        more) for each currency. With few trades they say little: say how many there were."""
        asked = {"account": account_id, "instance": ea_id, "symbol": symbol, "from": since, "to": until}
        return {"byCurrency": self._desk.get("/api/journal/statistics", **asked)}

    def exposure(self) -> dict[str, Any]:
        """Return what the open positions of all accounts add up to, by symbol and by currency."""
        document: dict[str, Any] = self._desk.get("/api/exposure")
        return document

    def limits(self, account_id: Id) -> dict[str, Any]:
        """Return an account's loss limits and targets (a prop firm's, or its own), and how near they are."""
        document: dict[str, Any] = self._desk.get(f"/api/accounts/{account_id}/limits")
        return document

    def incidents(
        self, state: Literal["open", "resolved", ""] = "open", account_id: OneOrNoId = "", most: Most = 50
    ) -> dict[str, Any]:
        """List alerts: what was noticed, how grave it is, what was done by itself."""
        rows = self._desk.get("/api/alerts/incidents", state=state, account=account_id, limit=most)
        return bounded([kept(row, _INCIDENT) for row in rows])

    def eas(self) -> dict[str, Any]:
        """List the EA instances: where each runs, what it is to do and does, and what it has earned."""
        return bounded([kept(row, _EA) for row in self._desk.get("/api/instances")])

    def ea(self, ea_id: Id) -> dict[str, Any]:
        """Return one EA instance with its inputs, its receipt of deployment, and the end of its log."""
        row = self._desk.get(f"/api/instances/{ea_id}")
        log = self._desk.get(f"/api/instances/{ea_id}/log")["lines"]
        return kept(row, (*_EA, "timeframe", "inputs", "receipt", "upgrade")) | {"log": log[-60:]}

    def templates(self) -> dict[str, Any]:
        """List the EAs that may be deployed, with what they suit and what they risk."""
        return bounded([kept(row, _TEMPLATE) for row in self._desk.get("/api/templates")])

    def template(self, slug: Annotated[str, Field(pattern="^[a-z0-9-]{1,60}$")]) -> dict[str, Any]:
        """Return one EA: how it trades, when it works and when it loses, and its inputs with their ranges."""
        document: dict[str, Any] = self._desk.get(f"/api/templates/{slug}")
        return document

    def backtests(self, most: Most = 50) -> dict[str, Any]:
        """List backtests, the newest first, with their main figures. A good one alone proves nothing."""
        rows = self._desk.get("/api/backtests")
        return bounded([kept(row, _BACKTEST) for row in rows[:most]], of=len(rows))

    def backtest(self, backtest_id: Id) -> dict[str, Any]:
        """Return one backtest: what was asked, how far it is, and all figures of its report."""
        row: dict[str, Any] = self._desk.get(f"/api/backtests/{backtest_id}")
        if row["state"] != "done":
            return row
        report = self._desk.get(f"/api/backtests/{backtest_id}/report")
        return row | {"figures": report.get("figures")}
