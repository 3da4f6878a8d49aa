"""Signals over HTTP: how long an EA waits for one, and how many a core gives.

A model of LightGBM over all features that need nothing beside a symbol's bars. PostgreSQL commits with
synchronous_commit on, the row of each signal is there before its answer. Where bars are sent along, each
request has other ones, so that each is thought of and written anew. One gateway, its load generator,
PostgreSQL and Redis share this machine; "a core" is the gateway's own processor time.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import psutil

from benchmarks.gateway import HOST, PORT, _server, _stage
from metafleet.brain import features
from metafleet.brain.model import Booster, Model
from metafleet.brain.model.scorers import import_lightgbm
from metafleet.brain.model.tests.made import made_card, made_spec
from metafleet.cli.simulator.load import Hammered, encode, hammer

TERMINALS: Final = 64
"""Of a tenant each: what two tenants ask are two signals."""
ROUND_S: Final = float(os.environ.get("BENCH_ROUND_S", "5"))
TREES: Final = 200
PLENTY: Final = {name: [100_000_000, 10_000_000] for name in ("signal", "signals")}
SYMBOL, TIMEFRAME = "EURUSD", "M1"


def main() -> None:
    with _stage() as stage:
        from metafleet.hub.gateway.tests.brain import put_on, shelve

        os.environ["METAFLEET_GATEWAY_LIMITS"] = json.dumps(PLENTY)
        terminals = [stage.terminal(stage.tenant(f"Benchmark {n}")) for n in range(TERMINALS)]
        for terminal in terminals:
            put_on(stage, terminal)
        model = _model()
        shelve(stage, model)
        _record(stage)
        stage.run("ANALYZE")
        commit = stage.value("SHOW synchronous_commit")
        look_back = features.look_back(model.spec.features)
        print(
            f"{len(model.spec.features)} features, {TREES} trees, {look_back} bars looked back over; "
            f"synchronous_commit {commit}; {os.cpu_count()} cores for everything",
            flush=True,
        )
        with _server("metafleet.hub.gateway.asgi:app", PORT) as gateway:
            given = _given(terminals, look_back)
            ours = _ours(terminals)
            asyncio.run(_until_served(given))
            for connections in (1, 8, 32):
                _say(f"bars given, {connections} connections", gateway, given, connections, stage)
            for connections in (1, 32):
                _say(f"our own bars, {connections} connections", gateway, ours, connections, stage)


def _model() -> Model:
    names = tuple(name for name in features.names() if not features.about(name).needs)
    random = np.random.default_rng(7)
    rows = random.standard_normal((6_000, len(names))).astype(np.float32)
    rises = (rows[:, 0] + rows[:, 1] * rows[:, 2] + random.standard_normal(len(rows)) > 0).astype(float)
    lightgbm = import_lightgbm()
    settings = {
        "objective": "binary",
        "num_leaves": 31,
        "learning_rate": 0.05,
        "num_threads": 1,
        "verbosity": -1,
    }
    text = str(lightgbm.train(settings, lightgbm.Dataset(rows, rises), TREES).model_to_string())
    spec = made_spec(
        name="benchmark", symbols=(SYMBOL,), timeframe=TIMEFRAME, kind="lightgbm", features=names
    )
    return Model(spec, Booster(text), made_card())


def _given(terminals: list[Any], look_back: int) -> Callable[[int], bytes]:
    """Return what makes requests: the same bars but for the last close, which no two have alike."""
    from metafleet.hub.signals.tests.bars import sent, walk

    numbers = itertools.count()
    heads = [
        json.dumps({"symbol": SYMBOL, "timeframe": TIMEFRAME, "terminalId": str(terminal.id)})[:-1]
        for terminal in terminals
    ]
    tokens = [terminal.token() for terminal in terminals]
    seen = {"minute": 0, "bars": ""}

    def bars() -> str:
        minute = int(datetime.now(UTC).timestamp()) // 60
        if seen["minute"] != minute:
            rows = sent(walk(look_back, until=datetime.now(UTC), timeframe=TIMEFRAME))
            time_s, open_, *_ = rows[-1]
            seen["minute"] = minute
            seen["bars"] = json.dumps(rows[:-1])[:-1] + f", [{time_s}, {open_}, 1.9, 0.5, "
        return str(seen["bars"])

    def request(_: int) -> bytes:
        number = next(numbers)
        place = number % len(terminals)
        body = f'{heads[place]}, "bars": {bars()}{1.0 + number * 1e-6:.6f}, 100, 8]]}}'
        return encode("POST", "/brain/v1/signal", body.encode(), token=tokens[place])

    return request


def _ours(terminals: list[Any]) -> Callable[[int], bytes]:
    body = {"symbol": SYMBOL, "timeframe": TIMEFRAME}
    requests = [
        encode("POST", "/brain/v1/signal", json.dumps(body).encode(), token=terminal.token())
        for terminal in terminals
    ]
    turn: Iterator[bytes] = itertools.cycle(requests)
    return lambda _: next(turn)


def _record(stage: Any) -> None:
    from metafleet.hub.signals.tests.bars import walk

    minutes = walk(3 * 1440, until=datetime.now(UTC), timeframe="M1")
    days = minutes["time"] // 86_400
    for day in np.unique(days):
        part = minutes[days == day]
        now = datetime.now(UTC)
        stage.run(
            "INSERT INTO market_marketday "
            "(server, symbol, day, bars, count, first_s, last_s, created_at, updated_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            *("metafleet-Paper", SYMBOL, datetime.fromtimestamp(int(day) * 86_400, UTC).date()),
            *(
                zlib.compress(part.tobytes(), 1),
                len(part),
                int(part["time"][0]),
                int(part["time"][-1]),
                now,
                now,
            ),
        )


async def _until_served(request: Callable[[int], bytes]) -> None:
    for _ in range(60):
        done = await hammer(HOST, PORT, request, connections=1, seconds=0.5)
        if set(done.statuses) == {200}:
            return
    raise SystemExit(f"no signal: {done.statuses} {done.refusal.decode()[:300]}")


def _say(
    what: str, gateway: psutil.Process, request: Callable[[int], bytes], connections: int, stage: Any
) -> None:
    asyncio.run(hammer(HOST, PORT, request, connections=connections, seconds=1.0))
    kept, used = stage.value("SELECT count(*) FROM signals_signal"), gateway.cpu_times()
    done: Hammered = asyncio.run(hammer(HOST, PORT, request, connections=connections, seconds=ROUND_S))
    if done.lost or set(done.statuses) != {200}:
        raise SystemExit(f"{dict(done.statuses)}, lost {done.lost}, {done.refusal.decode()[:300]}")
    now = gateway.cpu_times()
    cpu_s = now.user + now.system - used.user - used.system
    answered = sum(done.statuses.values())
    p50, p99 = (done.latencies.quantile_s(share) * 1e3 for share in (0.5, 0.99))
    written = stage.value("SELECT count(*) FROM signals_signal") - kept
    print(
        f"{what:<34}{done.rate:7.0f} /s   p50 {p50:6.2f} ms  p99 {p99:6.2f} ms   "
        f"{answered / cpu_s:7.0f} a core   {written} of {answered} written",
        flush=True,
    )


if __name__ == "__main__":
    main()
