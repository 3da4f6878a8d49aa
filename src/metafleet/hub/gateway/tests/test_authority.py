"""Who may speak: everything else is 401, and nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.core.signing import Signer

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.callers import Callers
from metafleet.hub.gateway.errors import Unauthorised
from metafleet.hub.gateway.tests.stage import Speaker, Stage, T, Terminal, deal

BODIES: dict[str, dict[str, Any]] = {
    "heartbeat": {"accountInfo": {"balance": 1, "equity": 1}},
    "trades": {"trades": [deal(1)]},
    "positions": {"positions": []},
    "candles": {
        "symbol": "EURUSD",
        "candles": [{"time": 1_770_000_000, "open": 1, "high": 2, "low": 1, "close": 2}],
    },
    "commands/00000000-0000-0000-0000-000000000000/result": {"status": "done"},
}
WRITTEN = (
    "fleet_accountstate",
    "journal_equitypoint",
    "journal_deal",
    "journal_trade",
    "journal_position",
    "journal_faileditem",
    "market_candle",
)


def bearer(token: str | None) -> dict[bytes, bytes]:
    return {b"Authorization": f"Bearer {token}".encode()} if token else {}


def nothing_written(stage: Stage) -> bool:
    counts = [stage.value(f"SELECT count(*) FROM {table}") for table in WRITTEN]  # noqa: S608
    return [*counts, stage.value("SELECT count(heartbeat_at) FROM fleet_terminal")] == [0] * (
        len(WRITTEN) + 1
    )


def tokens_that_may_not_speak(stage: Stage, terminal: Terminal) -> dict[str, str | None]:
    """Every way to have no right to speak for `terminal`."""
    mine = terminal.token()
    changed = mine[:-1] + ("A" if mine[-1] != "A" else "B")
    old = datetime.now(UTC) - timedelta(days=31)
    stage.run("UPDATE fleet_terminal SET token_version = 2 WHERE id = %s", terminal.id)
    return {
        "missing": None,
        "empty": "",
        "no token at all": "let me in",
        "changed": changed,
        "another salt": Signer(salt="x", sep=".").sign(mine.rsplit(".", 1)[0]),
        "expired": terminal.token(version=2, at=old),
        "revoked": mine,
        "from the future of the row": terminal.token(version=3),
        "another terminal's": stage.terminal(terminal.tenant_id).token(),
        "another tenant's": stage.terminal().token(),
        "nobody's": Terminal(stage.tenant(), stage.tenant(), stage.tenant(), 1).token(),
        "not ASCII": "tökén",
        "endless": "a." * 5000,
    }


@pytest.mark.parametrize("path", BODIES)
async def test_no_right_to_speak(stage: Stage, client: httpx.AsyncClient, path: str) -> None:
    terminal = stage.terminal()
    for name, token in tokens_that_may_not_speak(stage, terminal).items():
        body = {"terminalId": str(terminal.id), **BODIES[path]}
        for way in ("bearer", "body"):
            headers = bearer(token) if way == "bearer" else {}
            said = {**body, "authToken": token} if way == "body" else body
            response = await client.post(f"{T}/{path}", json=said, headers=headers)
            assert response.status_code == 401, (name, way, response.text)
            assert response.headers["content-type"] == "application/problem+json"
            assert "success" not in response.text.lower()
            assert not token or token not in response.text
    assert nothing_written(stage)


async def test_no_right_to_poll(stage: Stage, client: httpx.AsyncClient) -> None:
    terminal = stage.terminal()
    stage.command(terminal)
    for name, token in tokens_that_may_not_speak(stage, terminal).items():
        if name in {"another terminal's", "another tenant's"}:
            continue  # they poll for their own commands
        assert (await client.get(f"{T}/commands", headers=bearer(token))).status_code == 401, name
    assert stage.rows("SELECT state, attempt FROM fleet_command") == [("queued", 0)]


async def test_a_polls_commands_are_its_own(stage: Stage, speak: Callable[[Terminal], Speaker]) -> None:
    first, other = stage.terminal(), stage.terminal()
    stage.command(first)
    assert await speak(other).poll() == []
    assert len(await speak(first).poll()) == 1


async def test_the_token_may_come_in_the_body(client: httpx.AsyncClient, stage: Stage) -> None:
    terminal = stage.terminal()
    body = {"terminalId": str(terminal.id), "authToken": terminal.token()}
    assert (await client.post(f"{T}/heartbeat", json=body)).status_code == 200


async def test_revoking_is_heard_within_a_second(stage: Stage, own: Speaker) -> None:
    assert (await own.post("trades", trades=[])).status_code == 200
    stage.run("UPDATE fleet_terminal SET revoked_at = now()")
    until = time.monotonic() + 1.3
    while (status := (await own.post("positions", positions=[])).status_code) == 200:
        assert time.monotonic() < until
    assert status in {401, 429}
    assert (await own.post("heartbeat")).status_code == 401


async def test_a_newer_start_fences_the_older_off_at_once(stage: Stage, hosted: Speaker) -> None:
    terminal = hosted.terminal
    assert (await hosted.post("heartbeat")).status_code == 200
    seen = stage.value("SELECT heartbeat_at FROM fleet_terminal")
    stage.run("UPDATE fleet_terminal SET token_version = token_version + 1")
    stage.command(terminal)
    beat = await hosted.post("heartbeat", expert=terminal.expert(), accountInfo=terminal.account())
    assert beat.status_code == 401
    assert stage.value("SELECT heartbeat_at FROM fleet_terminal") == seen
    assert stage.value("SELECT count(*) FROM fleet_accountstate") == 0
    headers = {"Authorization": f"Bearer {terminal.token()}"}
    assert (await hosted.client.get(f"{T}/commands?wait=5", headers=headers)).status_code == 401
    assert stage.value("SELECT state FROM fleet_command") == "queued"


async def test_who_was_paired_a_moment_ago_is_let_in_before_anybody_is_told(stage: Stage) -> None:
    terminal = stage.terminal()
    place = Slot(
        terminal.id, terminal.tenant_id, terminal.account_id, None,
        token_version=1, is_revoked=False, utc_offset_s=0, timezone="", login=1, server="", protocol=None,
    )  # fmt: skip
    looks: list[Slot] = []

    async def find(_: UUID) -> Slot:
        looks.append(place)
        return place

    callers = Callers(find)
    callers.told_of_changes(True)
    now = datetime.now(UTC)
    await callers.identify(terminal.token(version=1), now)
    await callers.identify(terminal.token(version=1), now)
    assert len(looks) == 1
    place = replace(place, token_version=2)
    assert (await callers.identify(terminal.token(version=2), now)).slot.token_version == 2
    with pytest.raises(Unauthorised):
        await callers.identify(terminal.token(version=1), now)


async def test_a_removed_account_has_no_voice(stage: Stage, own: Speaker) -> None:
    stage.run("UPDATE fleet_tradingaccount SET deleted_at = now()")
    assert (await own.post("heartbeat")).status_code == 401
