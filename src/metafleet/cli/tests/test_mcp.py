"""What an assistant is given, and what it may do: the real server and client, a real key, real HTTP."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextContent
from pytest_django.live_server_helper import LiveServer

from metafleet.cli.mcp.acting import VALID_S, Acting, Intents
from metafleet.cli.mcp.desk import MOST_CHARACTERS, Desk, bounded
from metafleet.cli.mcp.server import build, open_desk
from metafleet.cli.refusal import Refused
from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.catalogue.operations import publish_shipped_templates
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.identity import keys
from metafleet.hub.identity.models import User
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect, deploy, sign_up

READS = {
    *("accounts", "positions", "trades", "statistics", "exposure", "limits", "incidents"),
    *("eas", "ea", "templates", "template", "backtests", "backtest"),
}


def make_key(person: Person, *scopes: Right) -> str:
    wish = keys.Wish(name="Assistant", scopes=list(scopes), account_ids=[], instance_ids=[], expires_at=None)
    with tenant_scope(person.tenant_id):
        _, text = keys.make(
            tenant_id=person.tenant_id, user=User.objects.get(email=person.email), wish=wish, now=clock.now()
        )
    return text.reveal()


@pytest.fixture
def alices_ea(alice: Person) -> EAInstance:
    publish_shipped_templates(now=clock.now())
    deployed: EAInstance = deploy(alice, connect(alice))
    return deployed


def desk_of(live_server: LiveServer, person: Person, *scopes: Right) -> Desk:
    return open_desk(live_server.url, make_key(person, Right.READ, *scopes))


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """Return what the tool says: its document, or the sentence of its refusal."""
    result = await client.call_tool(tool, arguments)
    [text] = result.content
    assert isinstance(text, TextContent)
    return text.text if result.is_error else json.loads(text.text)


async def names(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


def outcomes(desk: Desk, calls: Sequence[tuple[str, dict[str, Any]]], *, may_act: bool = False) -> list[Any]:
    """Make the calls one after the other in one conversation."""

    async def talk() -> list[Any]:
        async with Client(build(desk, may_act=may_act)) as client:
            return [await call(client, tool, **arguments) for tool, arguments in calls]

    said: list[Any] = anyio.run(talk)
    return said


def test_without_act_there_is_nothing_but_reading(live_server: LiveServer, alice: Person) -> None:
    desk = desk_of(live_server, alice, Right.DEPLOY, Right.TRADE)

    async def look() -> set[str]:
        async with Client(build(desk, may_act=False)) as client:
            tools = (await client.list_tools()).tools
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
            return await names(client)

    assert anyio.run(look) == READS


@pytest.mark.parametrize(
    ("scopes", "more"),
    [
        ((Right.TRADE,), {"preview_close_position", "confirm"}),
        (
            (Right.DEPLOY,),
            {
                *("preview_pause_ea", "preview_resume_ea", "preview_stop_ea"),
                *("preview_deploy_on_paper", "confirm"),
            },
        ),
    ],
)
def test_it_is_offered_what_its_key_may(
    live_server: LiveServer, alice: Person, scopes: tuple[Right, ...], more: set[str]
) -> None:
    desk = desk_of(live_server, alice, *scopes)

    async def look() -> set[str]:
        async with Client(build(desk, may_act=True)) as client:
            return await names(client)

    assert anyio.run(look) == READS | more


def test_a_key_that_only_reads_is_told_so(live_server: LiveServer, alice: Person) -> None:
    with pytest.raises(Refused, match="may only read"):
        build(desk_of(live_server, alice), may_act=True)


def test_a_wrong_key_opens_nothing(live_server: LiveServer, alice: Person) -> None:
    with pytest.raises(Refused, match="does not work"):
        open_desk(live_server.url, "mfk_" + "x" * 40)
    with pytest.raises(Refused, match="METAFLEET_KEY is missing"):
        open_desk(live_server.url, " ")


def test_every_reading_tool_answers(live_server: LiveServer, alice: Person, alices_ea: EAInstance) -> None:
    account, ea = str(alices_ea.account_id), str(alices_ea.id)
    said = outcomes(
        desk_of(live_server, alice),
        [
            ("accounts", {}),
            ("positions", {"account_id": account}),
            ("trades", {"account_id": account, "since": "2026-01-01T00:00:00Z"}),
            ("statistics", {"account_id": account}),
            ("exposure", {}),
            ("limits", {"account_id": account}),
            ("incidents", {}),
            ("eas", {}),
            ("ea", {"ea_id": ea}),
            ("templates", {}),
            ("template", {"slug": "trend-following"}),
            ("backtests", {}),
        ],
    )
    assert [one for one in said if not isinstance(one, dict)] == []
    accounts, eas, ea_shown = said[0], said[7], said[8]
    assert accounts["items"][0]["id"] == account
    assert eas["total"] == 1
    assert ea_shown["inputs"]


def test_what_is_anothers_is_not_there(live_server: LiveServer, alices_ea: EAInstance) -> None:
    charlie = sign_up("charlie@example.com")
    mine, theirs = uuid4(), alices_ea.id
    unknown, foreign = outcomes(
        desk_of(live_server, charlie), [("ea", {"ea_id": str(mine)}), ("ea", {"ea_id": str(theirs)})]
    )
    assert unknown == foreign
    assert isinstance(foreign, str)


def test_a_pause_is_shown_confirmed_once_and_on_record(
    live_server: LiveServer, alice: Person, alices_ea: EAInstance
) -> None:
    desk = desk_of(live_server, alice, Right.DEPLOY)
    [preview] = outcomes(desk, [("preview_pause_ea", {"ea_id": str(alices_ea.id)})], may_act=True)
    assert preview["now"]["desiredState"] == "running"
    with tenant_scope(alice.tenant_id):
        alices_ea.refresh_from_db()
        assert alices_ea.desired_state == "running"

    # Its word holds in the conversation that it was given in, and nowhere else.
    async def talk() -> list[Any]:
        async with Client(build(desk, may_act=True)) as client:
            shown = await call(client, "preview_pause_ea", ea_id=str(alices_ea.id), reason="News at two")
            return [
                await call(client, "confirm", confirmation_token=preview["confirmationToken"]),
                await call(client, "confirm", confirmation_token=shown["confirmationToken"]),
                await call(client, "confirm", confirmation_token=shown["confirmationToken"]),
            ]

    foreign, done, again = anyio.run(talk)
    assert "not known" in foreign
    assert done["asked"] == "Pause the EA (hold)."
    assert "not known, was used" in again
    with tenant_scope(alice.tenant_id):
        alices_ea.refresh_from_db()
        entry = AuditEntry.objects.filter(action="instance.paused").latest("created_at")
    assert alices_ea.desired_state == "paused"
    assert entry.origin["via"] == "API key Assistant"
    assert entry.origin["userAgent"] == "metafleet-mcp"


def test_what_changed_since_its_preview_is_not_done(
    live_server: LiveServer, alice: Person, alices_ea: EAInstance
) -> None:
    desk = desk_of(live_server, alice, Right.DEPLOY)
    acting = Acting(desk)
    shown = acting.preview_stop_ea(str(alices_ea.id))
    other = acting.preview_pause_ea(str(alices_ea.id))
    acting.confirm(other["confirmationToken"])
    with pytest.raises(Exception, match="changed since the preview"):
        acting.confirm(shown["confirmationToken"])
    with tenant_scope(alice.tenant_id):
        alices_ea.refresh_from_db()
    assert alices_ea.desired_state == "paused"


def test_a_preview_is_good_for_two_minutes() -> None:
    now = [0.0]
    intents = Intents(clock=lambda: now[0])
    done: list[int] = []
    token = intents.propose("Do it.", lambda: {"a": 1}, lambda: done.append(1))["confirmationToken"]
    now[0] = VALID_S + 1
    with pytest.raises(Exception, match="older than two minutes"):
        intents.take(token)
    assert done == []


def test_nothing_is_deployed_on_a_real_account(
    live_server: LiveServer, alice: Person, alices_ea: EAInstance
) -> None:
    desk = desk_of(live_server, alice, Right.DEPLOY)
    with tenant_scope(alice.tenant_id):
        account = alices_ea.account
        account.platform = "mt5"
        account.save(update_fields=["platform"])
    arguments = {
        "template_id": str(alices_ea.version.template_id),
        "account_id": str(account.id),
        "symbol": "GBPUSD",
    }
    [said] = outcomes(desk, [("preview_deploy_on_paper", arguments)], may_act=True)
    assert "is a real account" in said


def test_an_answer_is_no_longer_than_can_be_read() -> None:
    rows = [{"text": "x" * 1_000} for _ in range(200)]
    cut = bounded(rows)
    assert cut["total"] == 200
    assert len(json.dumps(cut["items"])) <= MOST_CHARACTERS
    assert cut["notShown"] == 200 - len(cut["items"])
    assert "notShown" not in bounded(rows[:3])


def test_the_command_speaks_over_its_standard_output(live_server: LiveServer, alice: Person) -> None:
    environ = {**os.environ, "METAFLEET_KEY": make_key(alice, Right.READ), "METAFLEET_URL": live_server.url}
    command = StdioServerParameters(command=sys.executable, args=["-m", "metafleet.cli", "mcp"], env=environ)

    async def talk() -> tuple[set[str], Any]:
        async with Client(command) as client:
            return await names(client), await call(client, "accounts")

    offered, accounts = anyio.run(talk)
    assert offered == READS
    assert accounts["total"] == 0
