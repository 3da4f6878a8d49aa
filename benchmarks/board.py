"""The board of 5,000 accounts: how long its API takes, what it weighs, and until its rows are seen.

Real PostgreSQL, Redis, web and Chromium. Each account has a hundred trades on sixty days, its deals of
today, two open positions, a profile, a mark and a day of equity points. The plain way, in the same run, asks
for each account's figures one by one, of a sample of accounts; its figure is that of all of them.

`python -m benchmarks.board [number of accounts]`
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any, Final
from uuid import UUID

import httpx
from playwright.sync_api import BrowserContext, sync_playwright

from benchmarks.fleet_list import LOADS, WEB, _ask, _sign_up, _web
from benchmarks.gateway import _stage
from metafleet.cli.readiness import wait_until
from tests.flows.browsing import launch

AIM_S: Final = 1.0
SAMPLE: Final = 200
ASKED: Final = (
    ("the board by the API", "/api/board"),
    ("exposure by the API", "/api/exposure"),
    ("same trades of 7 days by the API", "/api/exposure/same-trades"),
)
_ROW: Final = 'table[aria-label="Board"] tbody a'
_FIRST_ROW: Final = """
    new MutationObserver((_, observer) => {
        if (!document.querySelector('table[aria-label="Board"] tbody a')) return
        observer.disconnect()
        requestAnimationFrame(() => setTimeout(() => { window.firstRowMs = performance.now() }))
    }).observe(document, { childList: true, subtree: true })
"""
_SEED: Final = (
    """INSERT INTO fleet_tradingaccount (id, tenant_id, label, platform, login, server, currency,
        utc_offset_s, created_at, updated_at)
    SELECT gen_random_uuid(), %(tenant)s, 'Account ' || lpad(n::text, 5, '0'), 'mt5', 100000 + n,
        'Firm-Live ' || n %% 5, 'USD', 0, now(), now()
    FROM generate_series(1, %(count)s) n""",
    """INSERT INTO fleet_accountstate (account_id, tenant_id, balance, equity, margin, free_margin,
        open_positions, observed_at, created_at, updated_at)
    SELECT id, tenant_id, 10000, 10000 + login %% 97, 0, 10000, 2, now(), now(), now()
    FROM fleet_tradingaccount WHERE tenant_id = %(tenant)s""",
    """INSERT INTO monitor_accountgroup (id, tenant_id, name, created_at, updated_at)
    SELECT gen_random_uuid(), %(tenant)s, 'Wave ' || n, now(), now() FROM generate_series(0, 9) n""",
    """INSERT INTO monitor_accountprofile (account_id, tenant_id, holder, firm, phase, group_id,
        created_at, updated_at)
    SELECT a.id, a.tenant_id, 'Holder ' || login %% 40, 'Firm ' || login %% 5, 'F1', g.id, now(), now()
    FROM fleet_tradingaccount a JOIN monitor_accountgroup g
        ON g.tenant_id = a.tenant_id AND g.name = 'Wave ' || a.login %% 10
    WHERE a.tenant_id = %(tenant)s""",
    """INSERT INTO fleet_terminal (id, tenant_id, account_id, platform, token_version, version,
        heartbeat_at, linked_at, created_at, updated_at)
    SELECT gen_random_uuid(), tenant_id, id, 'mt5', 1, '', now(), now(), now(), now()
    FROM fleet_tradingaccount WHERE tenant_id = %(tenant)s""",
    """INSERT INTO journal_trade (id, tenant_id, account_id, position_id, part, symbol, side, state, volume,
        closed_volume, entry_price, exit_price, entered_at, exited_at, profit, commission, swap, fee,
        net_profit, magic, exit_reason, comment, created_at, updated_at)
    SELECT gen_random_uuid(), tenant_id, id, n, 0, 'EURUSD', 'buy', 'closed', 0.1, 0.1, 1.1, 1.1,
        now() - n * interval '14 hours' - (login %% 3600) * interval '1 second',
        now() - n * interval '14 hours', 12, -1, 0, 0, 11, 7, '', '', now(), now()
    FROM fleet_tradingaccount, generate_series(1, 100) n WHERE tenant_id = %(tenant)s""",
    """INSERT INTO journal_deal (account_id, tenant_id, ticket, position_id, symbol, kind, entry, volume,
        price, executed_at, profit, commission, swap, fee, comment, created_at, updated_at)
    SELECT id, tenant_id, n, n, 'EURUSD', 0, n %% 2, 0.1, 1.1, now() - n * interval '5 hours',
        10, -1, 0, 0, '', now(), now()
    FROM fleet_tradingaccount, generate_series(1, 60) n WHERE tenant_id = %(tenant)s""",
    """INSERT INTO journal_position (account_id, tenant_id, ticket, symbol, side, volume, open_price,
        current_price, profit, swap, comment, opened_at, created_at, updated_at)
    SELECT id, tenant_id, n, (ARRAY['EURUSD', 'XAUUSD'])[n], 'buy', 0.1, 1.1, 1.1, 5, 0, '',
        now() - (login %% 3600) * interval '1 second', now(), now()
    FROM fleet_tradingaccount, generate_series(1, 2) n WHERE tenant_id = %(tenant)s""",
    """INSERT INTO journal_equitypoint (account_id, at, tenant_id, balance, equity, created_at, updated_at)
    SELECT id, now() - n * interval '6 minutes', tenant_id, 10000, 10000 + (n * login) %% 150, now(), now()
    FROM fleet_tradingaccount, generate_series(0, 240) n WHERE tenant_id = %(tenant)s""",
)


def main(count: int) -> None:
    with _stage() as stage, _web(), httpx.Client(base_url=WEB) as owner:
        tenant_id = _sign_up(stage, owner)
        for statement in _SEED:
            stage.owner.execute(statement.encode(), {"tenant": tenant_id, "count": count})
        stage.run("VACUUM ANALYZE")
        took = [_say(owner, what, path) for what, path in ASKED]
        naive = _plainly(tenant_id, count)
        print(f"{'the board account by account':<52} {naive:9.2f} s   x the API: {naive / took[0]:.0f}")
        with sync_playwright() as playwright, launch(playwright) as browser:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            cookies = [{"name": n, "value": v, "url": WEB} for n, v in owner.cookies.items()]
            context.add_cookies(cookies)  # type: ignore[arg-type]
            _measure_paint(context)


def _say(owner: httpx.Client, what: str, path: str) -> float:
    size, took = _ask(owner, path)
    print(f"{what:<52} p50 {took:5.2f} s   {size / 1e6:.2f} MB   (aim {AIM_S:g} s)")
    return took


def _plainly(tenant_id: UUID, count: int) -> float:
    """Return the seconds that all accounts would take when each is asked for by itself."""
    from metafleet.hub.fleet.models import TradingAccount
    from metafleet.hub.kernel import clock
    from metafleet.hub.kernel.tenancy import tenant_scope

    with tenant_scope(tenant_id):
        accounts = TradingAccount.objects.filter(tenant_id=tenant_id).order_by("label")[:SAMPLE]
        began = time.perf_counter()
        for account in accounts:
            _one(account, clock.midnight())
        return (time.perf_counter() - began) / SAMPLE * count


def _one(account: Any, midnight: Any) -> None:
    from metafleet.hub.fleet.models import AccountState, Terminal
    from metafleet.hub.journal.models import Deal, Position, Trade
    from metafleet.hub.monitor.models import AccountMark, AccountProfile

    owner = {"tenant_id": account.tenant_id, "account_id": account.id}
    trades = Trade.objects.filter(**owner)
    sum(trade.net_profit for trade in trades)
    len({trade.entered_at.date() for trade in trades if trade.entered_at})
    sum(deal.profit for deal in Deal.objects.filter(**owner, executed_at__gte=midnight))
    sum(position.profit for position in Position.objects.filter(**owner))
    for rows in (AccountState, Terminal, AccountProfile, AccountMark):
        rows.objects.filter(**owner).first()


def _measure_paint(context: BrowserContext) -> None:
    paints = []
    for _ in range(LOADS + 1):
        page = context.new_page()
        page.add_init_script(_FIRST_ROW)
        page.goto(f"{WEB}/board")
        page.wait_for_selector(_ROW, timeout=60_000)
        wait_until(lambda: bool(page.evaluate("window.firstRowMs")), 5.0)  # noqa: B023 - called at once
        paints.append(page.evaluate("window.firstRowMs") / 1e3)
        page.close()
    p50 = statistics.median(paints[1:])
    print(f"first rows seen{'':37} p50 {p50:5.2f} s   worst {max(paints[1:]):.2f} s   (aim {AIM_S:g})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
