"""A fleet of 5,000 EAs on one screen: until its first rows are seen, and what the open screen costs.

Real PostgreSQL, Redis, web, gateway and Chromium. Each EA's terminal sends its heartbeat every ten
seconds and its positions every fifteen, through the gateway; nothing reconciles. First paint is from the
navigation's start to the frame after the first row is in the page, the application's files in the
browser's cache. The browser's processor time is of all of its processes.

`python -m benchmarks.fleet_list [number of EAs]`
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import httpx
import psutil
from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.gateway import HOST, PORT, _server, _stage
from metafleet.cli.readiness import answers_ready, wait_until
from metafleet.cli.simulator.load import Line, encode
from metafleet.hub.gateway.tests.stage import Terminal
from tests.flows.browsing import launch

WEB_PORT: Final = 8793
WEB: Final = f"http://{HOST}:{WEB_PORT}"
SYMBOLS: Final = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")
"""One EA for each of them on each account."""
LOADS, WATCHED_S = 5, 20.0
BEAT_EVERY_S, SNAPSHOT_EVERY_S = 10.0, 15.0
LINES: Final = 20
AIM_PAINT_S, AIM_CORE = 1.0, 0.05
ASKED: Final = (
    ("all of them by the API", "/api/instances"),
    ("the rows in sight by the API", "/api/fleet?limit=120"),
    ("those that gained most today", "/api/fleet?limit=120&sort=-day"),
    ("the totals", "/api/overview"),
)
EMAIL, PASSWORD = "bench@example.com", "a long enough password 77"

_ROW: Final = 'table[aria-label="EA instances"] tbody a'
_FIRST_ROW: Final = """
    new MutationObserver((_, observer) => {
        if (!document.querySelector('table[aria-label="EA instances"] tbody a')) return
        observer.disconnect()
        requestAnimationFrame(() => setTimeout(() => { window.firstRowMs = performance.now() }))
    }).observe(document, { childList: true, subtree: true })
"""
_ACCOUNTS: Final = """
    INSERT INTO fleet_tradingaccount (id, tenant_id, label, platform, login, server, currency, utc_offset_s,
        created_at, updated_at)
    SELECT gen_random_uuid(), %s, 'Account ' || n, 'paper', 100000 + n, 'metafleet-Paper', 'USD', 0,
        now(), now()
    FROM generate_series(1, %s) n
"""
_INSTANCES: Final = """
    INSERT INTO fleet_eainstance (id, tenant_id, account_id, template_id, version_id, symbol, name, magic,
        inputs, desired_state, close_on_stop, state, status_text, last_error, generation, crash_count,
        created_at, updated_at)
    SELECT gen_random_uuid(), a.tenant_id, a.id, t.id, v.id, s.symbol, t.name || ' ' || s.symbol, s.n, '{}',
        'running', false, 'running', '', '', 1, 0, now(), now()
    FROM fleet_tradingaccount a, unnest(%s::text[]) WITH ORDINALITY s (symbol, n),
         catalogue_eatemplate t JOIN catalogue_eaversion v ON v.template_id = t.id
    WHERE a.tenant_id = %s AND t.slug = 'trend-following'
"""
_TERMINALS: Final = """
    INSERT INTO fleet_terminal (id, tenant_id, account_id, instance_id, platform, token_version, version,
        heartbeat_at, created_at, updated_at)
    SELECT gen_random_uuid(), i.tenant_id, i.account_id, i.id, 'paper', 1, '', now(), now(), now()
    FROM fleet_eainstance i WHERE i.tenant_id = %s
    RETURNING id, tenant_id, account_id, instance_id,
        (SELECT a.login FROM fleet_tradingaccount a WHERE a.id = account_id)
"""


def main(count: int) -> None:
    with _stage() as stage:
        _publish()
        with _web(), _server("metafleet.hub.gateway.asgi:app", PORT), httpx.Client(base_url=WEB) as owner:
            terminals = _seed(stage, _sign_up(stage, owner), count)
            for what, path in ASKED:
                size, took = _ask(owner, path)
                print(f"{what:<52} p50 {took:5.2f} s   {size / 1e6:.2f} MB")
            with sync_playwright() as playwright, launch(playwright) as browser:
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                cookies = [{"name": n, "value": v, "url": WEB} for n, v in owner.cookies.items()]
                context.add_cookies(cookies)  # type: ignore[arg-type]
                _measure_paint(context)
                with _beating(terminals):
                    _measure_watching(context)


def _measure_paint(context: BrowserContext) -> None:
    paints = []
    for _ in range(LOADS + 1):
        page = context.new_page()
        page.add_init_script(_FIRST_ROW)
        page.goto(WEB)
        page.wait_for_selector(_ROW, timeout=60_000)
        wait_until(lambda: bool(page.evaluate("window.firstRowMs")), 5.0)  # noqa: B023 - called at once
        paints.append(page.evaluate("window.firstRowMs") / 1e3)
        page.close()
    p50 = statistics.median(paints[1:])
    print(f"first rows seen{'':37} p50 {p50:5.2f} s   worst {max(paints[1:]):.2f} s   (aim {AIM_PAINT_S:g})")


def _measure_watching(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(WEB)
    page.wait_for_selector(_ROW)
    time.sleep(SNAPSHOT_EVERY_S)
    browser, web = _browser(), _listening(WEB_PORT)
    before, at_first, began = _cpu_s(browser), _equities(page), time.perf_counter()
    web_before = _cpu_s([web])
    time.sleep(WATCHED_S)
    took = time.perf_counter() - began
    moved = sum(a != b for a, b in zip(at_first, _equities(page), strict=True))
    used, web_used = (_cpu_s(browser) - before) / took, (_cpu_s([web]) - web_before) / took
    print(f"the open screen's browser{'':27} {used:6.1%} of a core   (aim {AIM_CORE:.0%})")
    print(f"the web process meanwhile{'':27} {web_used:6.1%} of a core")
    print(f"    of {len(at_first)} rows in the page {moved} showed another equity after {took:.0f} s")


def _equities(page: Page) -> list[str]:
    rows = 'table[aria-label="EA instances"] tbody tr:has(a) td:nth-child(5)'
    return page.locator(rows).all_inner_texts()


def _publish() -> None:
    from metafleet.hub.catalogue import operations
    from metafleet.hub.kernel import clock
    from metafleet.hub.kernel.tenancy import operator_scope

    with operator_scope():
        operations.publish_shipped_templates(now=clock.now())


def _sign_up(stage: Any, owner: httpx.Client) -> UUID:
    owner.get("/api/session")
    form = {"email": EMAIL, "password": PASSWORD, "tenant_name": "Large desk"}
    headers = {"X-CSRFToken": owner.cookies["csrftoken"]}
    owner.post("/_allauth/browser/v1/auth/signup", json=form, headers=headers).raise_for_status()
    found: UUID = stage.value("SELECT id FROM identity_tenant WHERE name = 'Large desk'")
    return found


def _seed(stage: Any, tenant_id: UUID, count: int) -> list[Terminal]:
    stage.run(_ACCOUNTS, tenant_id, count // len(SYMBOLS))
    stage.run(_INSTANCES, list(SYMBOLS), tenant_id)
    rows = stage.rows(_TERMINALS, tenant_id)
    stage.run("ANALYZE")
    return [Terminal(name, owner, account, login, instance) for name, owner, account, instance, login in rows]


def _ask(owner: httpx.Client, path: str) -> tuple[int, float]:
    took, size = [], 0
    for _ in range(LOADS):
        began = time.perf_counter()
        answer = owner.get(path, timeout=60)
        took.append(time.perf_counter() - began)
        size = len(answer.content)
    return size, statistics.median(took)


@contextmanager
def _beating(terminals: Sequence[Terminal]) -> Iterator[None]:
    """All terminals report for as long as the block runs, evenly over time."""
    over = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_beat_until(terminals, over)))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def _beat_until(terminals: Sequence[Terminal], over: threading.Event) -> None:
    lines = [Line(HOST, PORT) for _ in range(LINES)]
    tokens = {terminal.id: terminal.token() for terminal in terminals}
    async with asyncio.TaskGroup() as group:
        for number, line in enumerate(lines):
            group.create_task(_speak(line, terminals[number::LINES], tokens, over))
    for line in lines:
        line.close()


async def _speak(
    line: Line, terminals: Sequence[Terminal], tokens: dict[UUID, str], over: threading.Event
) -> None:
    pause_s = BEAT_EVERY_S / len(terminals)
    turn = 0
    while not over.is_set():
        terminal = terminals[turn % len(terminals)]
        equity = 10_000 + (turn * 7 + hash(terminal.id)) % 997 / 10
        said = {"protocol": 2, "accountInfo": terminal.account(equity=equity), "openPositions": 0}
        await line.ask(_request("heartbeat", terminal, said, tokens))
        if turn % 3 < 2 * BEAT_EVERY_S / SNAPSHOT_EVERY_S - 1e-9 and turn % 3:
            await line.ask(_request("positions", terminal, {"positions": []}, tokens))
        turn += 1
        await asyncio.sleep(pause_s)


def _request(path: str, terminal: Terminal, said: dict[str, Any], tokens: dict[UUID, str]) -> bytes:
    body = json.dumps({"terminalId": str(terminal.id), **said}).encode()
    return encode("POST", f"/webhook/terminal/{path}", body, token=tokens[terminal.id])


@contextmanager
def _web() -> Iterator[None]:
    command = [sys.executable, "-m", "uvicorn", "metafleet.hub.config.asgi:app", "--port", str(WEB_PORT)]
    with subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"]) as process:  # noqa: S603
        try:
            if not wait_until(lambda: answers_ready(HOST, WEB_PORT), 30.0):
                raise SystemExit("the web process did not start")
            yield
        finally:
            process.terminate()
            process.wait()


def _browser() -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if "chrom" in child.name()]


def _listening(port: int) -> psutil.Process:
    return next(
        child
        for child in psutil.Process().children(recursive=True)
        if any(c.laddr.port == port and c.status == "LISTEN" for c in child.net_connections())
    )


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(time.user + time.system for time in times)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
