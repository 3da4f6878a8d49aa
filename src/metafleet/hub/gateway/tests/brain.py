"""A registry with models in it, and terminals that ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec

from metafleet.brain.model import Model
from metafleet.hub.gateway.tests.stage import Stage, Terminal
from metafleet.hub.signals.tests.bars import sent, walk


def put_on(stage: Stage, terminal: Terminal, plan: str = "gold", status: str = "active") -> None:
    """Put the terminal's tenant on a plan."""
    stage.insert(
        "billing_subscription",
        tenant_id=terminal.tenant_id,
        plan=plan,
        provider="manual",
        status=status,
        customer_ref="",
        subscription_ref="",
        checkout_ref="",
    )


def shelve(
    stage: Stage, model: Model, state: str = "champion", plan: str = "bronze", number: int = 1
) -> UUID:
    """Put a model into the registry, past its verbs; return the version's id."""
    found = stage.rows("SELECT id FROM signals_model WHERE name = %s", model.spec.name)
    model_id = found[0][0] if found else stage.insert(
        "signals_model",
        name=model.spec.name,
        symbols=list(model.spec.symbols),
        timeframe=model.spec.timeframe,
        required_plan=plan,
        promotes_by_itself=False,
    )  # fmt: skip
    content = model.to_bytes()
    return stage.insert(
        "signals_modelversion",
        model_id=model_id,
        number=number,
        content_hash=model.content_hash,
        symbols=list(model.spec.symbols),
        timeframe=model.spec.timeframe,
        spec=msgspec.to_builtins(model.spec),
        card=msgspec.to_builtins(model.card),
        file=content,
        size=len(content),
        origin="upload",
        made_by="oscar@example.com",
        state=state,
        is_promoted_by_gate=True,
        promoted_by="",
        note="",
    )


async def ask(
    client: httpx.AsyncClient, terminal: Terminal, path: str = "signal", token: str | None = None, **said: Any
) -> httpx.Response:
    """Ask as that terminal: of EURUSD M15 with bars that closed just now, unless said otherwise."""
    body = {"symbol": "EURUSD", "timeframe": "M15", "bars": bars(), **said} if path == "signal" else said
    return await client.post(
        f"/brain/v1/{path}",
        json={name: value for name, value in body.items() if value is not None},
        headers={"Authorization": f"Bearer {token or terminal.token()}"},
    )


def bars(count: int = 60, **changes: Any) -> Any:
    return sent(walk(count, **{"until": datetime.now(UTC), **changes}))


def said(response: httpx.Response) -> Mapping[str, Any]:
    assert response.status_code == 200, response.text
    found: Mapping[str, Any] = response.json()
    return found
