"""Signals over HTTP: how long an EA waits for one, and how many a core gives.

A model of LightGBM over all features that need nothing beside a symbol's bars. PostgreSQL commits with
synchronous_commit on, the row of each signal is there before its answer. Where bars are sent along, each
request has other ones, so that each is thought of and written anew. One gateway, its load generator,
PostgreSQL and Redis share this machine; "a core" is the gateway's own processor time. The echo is a server
that gives the same body back: what a request costs before anybody has looked at it.
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

from benchmarks.gateway import ECHO_PORT, HOST, PORT, _server, _stage
from metafleet.brain import features
from metafleet.brain.model import Booster, Model
from metafleet.brain.model.scorers import import_lightgbm
from metafleet.brain.model.tests.made import made_card, made_spec
from metafleet.cli.simulator.load import Hammered, encode, hammer

TERMINALS: Final = 64
"""Of a tenant each: what two tenants ask are two signals."""
A_BATCH: Final = 32
"""Questions in a request of several: of each 270 bars, half of what a body may have."""
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
        given, ours = _given(terminals, look_back), _ours(terminals)
        several = _given(terminals, look_back, A_BATCH)
        with _server("benchmarks.echo:app", ECHO_PORT) as echo:
            least_s = _least_s(echo, given)
        with _server("metafleet.hub.gateway.asgi:app", PORT) as gateway:
            asyncio.run(_until_served(given))
            for connections in (1, 8, 32):
                _say(f"bars given, {connections} connections", gateway, given, connections, stage, least_s)
            for connections in (1, 4):
                what = f"bars given, {A_BATCH} a request, {connections} connections"
                _say(what, gateway, several, connections, stage, least_s, A_BATCH)
            for connections in (1, 32):
                _say(f"our own bars, {connections} connections", gateway, ours, connections, stage, least_s)


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


def _given(terminals: list[Any], look_back: int, together: int = 1) -> Callable[[int], bytes]:
    """Return what makes requests: the same bars but for the last close, which no two have alike.

    together: questions in a request.
    """
    from metafleet.hub.signals.tests.bars import sent, walk

    numbers, turns = itertools.count(), itertools.count()
    head = f'{{"symbol": "{SYMBOL}", "timeframe": "{TIMEFRAME}"'
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

    def question() -> str:
        number = next(numbers)
        return f'{head}, "bars": {bars()}{1.0 + number * 1e-6:.6f}, 100, 8]]'

    def request(_: int) -> bytes:
        token = tokens[next(turns) % len(tokens)]
        if together == 1:
            return encode("POST", "/brain/v1/signal", f"{question()}}}".encode(), token=token)
        body = ", ".join(f"{question()}}}" for _ in range(together))
        return encode("POST", "/brain/v1/signals", f'{{"signals": [{body}]}}'.encode(), token=token)

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


def _least_s(echo: psutil.Process, request: Callable[[int], bytes]) -> float:
    """Return the processor time that the echo takes for a request, seconds."""
    asyncio.run(hammer(HOST, ECHO_PORT, request, connections=8, seconds=1.0))
    used = _cpu_s(echo)
    done = asyncio.run(hammer(HOST, ECHO_PORT, request, connections=8, seconds=ROUND_S))
    return (_cpu_s(echo) - used) / sum(done.statuses.values())


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _say(
    what: str,
    gateway: psutil.Process,
    request: Callable[[int], bytes],
    connections: int,
    stage: Any,
    least_s: float,
    together: int = 1,
) -> None:
    asyncio.run(hammer(HOST, PORT, request, connections=connections, seconds=1.0))
    kept, used = stage.value("SELECT count(*) FROM signals_signal"), _cpu_s(gateway)
    done: Hammered = asyncio.run(hammer(HOST, PORT, request, connections=connections, seconds=ROUND_S))
    if done.lost or set(done.statuses) != {200}:
        raise SystemExit(f"{dict(done.statuses)}, lost {done.lost}, {done.refusal.decode()[:300]}")
    cpu_s = _cpu_s(gateway) - used
    answered = sum(done.statuses.values()) * together
    p50, p99 = (done.latencies.quantile_s(share) * 1e3 for share in (0.5, 0.99))
    written = stage.value("SELECT count(*) FROM signals_signal") - kept
    print(
        f"{what:<42}{done.rate * together:7.0f} /s   p50 {p50:6.2f} ms  p99 {p99:6.2f} ms   "
        f"{answered / cpu_s:7.0f} a core, x {cpu_s / answered / least_s:.1f} an echo   "
        f"{written} of {answered} written",
        flush=True,
    )


if __name__ == "__main__":
    main()
