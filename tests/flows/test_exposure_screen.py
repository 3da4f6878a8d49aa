"""Exposure in a browser: what is open nets out, is narrowed to a group, and two accounts are found out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.flows.browsing import sign_in_to_demo
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]
ACCOUNT = """
    WITH grouped AS (
        INSERT INTO monitor_accountgroup (id, tenant_id, name, created_at, updated_at)
        SELECT gen_random_uuid(), id, %(group)s, now(), now() FROM identity_tenant RETURNING id, tenant_id
    ), account AS (
        INSERT INTO fleet_tradingaccount (id, tenant_id, label, platform, login, server, currency,
            utc_offset_s, created_at, updated_at)
        SELECT gen_random_uuid(), tenant_id, %(label)s, 'mt5', %(login)s, 'Firm-Live', 'USD', 0, now(), now()
        FROM grouped RETURNING id, tenant_id
    )
    INSERT INTO monitor_accountprofile (account_id, tenant_id, holder, firm, phase, group_id,
        created_at, updated_at)
    SELECT account.id, account.tenant_id, '', '', 'F1', grouped.id, now(), now() FROM account, grouped
"""
POSITION = """
    INSERT INTO journal_position (account_id, tenant_id, ticket, symbol, side, volume, open_price,
        current_price, profit, swap, comment, opened_at, created_at, updated_at)
    SELECT id, tenant_id, 1, 'GBPUSD', %(side)s, %(volume)s, 1.25, 1.25, 0, 0, '', %(at)s, now(), now()
    FROM fleet_tradingaccount WHERE label = %(label)s
"""


@pytest.fixture
def database(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        for login, label in enumerate(("Left", "Right"), start=1):
            connection.execute(ACCOUNT, {"group": f"Group {label}", "label": label, "login": login})
        yield connection


def test_accounts_that_trade_against_each_other_are_found(
    stack: Stack, page: Page, database: psycopg.Connection[Any]
) -> None:
    order = {"volume": 2, "at": "2026-03-02 12:00:00+00"}
    database.execute(POSITION, order | {"label": "Left", "side": "buy"})
    sign_in_to_demo(page, stack.web_url)
    page.get_by_role("link", name="Exposure").first.click()
    page.get_by_label("Group", exact=True).select_option("Group Left")
    row = page.get_by_role("table", name="Symbols").get_by_role("row").filter(has_text="GBPUSD")
    expect(row).to_contain_text("2.00")
    expect(page.get_by_role("list", name="By currency")).to_contain_text("+200,000")
    page.get_by_label("Group", exact=True).select_option("")
    # What is opened meanwhile comes by itself.
    late = order | {"label": "Right", "side": "sell", "volume": 3, "at": "2026-03-02 12:00:07+00"}
    database.execute(POSITION, late)
    page.get_by_label("Parts").select_option("group")
    expect(page.get_by_role("list", name="By group")).to_contain_text("Group Right")
    page.get_by_role("tab", name="Same trades").click()
    found = page.get_by_role("list", name="Same trades", exact=True)
    ours = found.get_by_role("listitem").filter(has_text="GBPUSD").filter(has_text="in 7 s")
    expect(ours).to_contain_text("Against each other")
    head = ours.get_by_role("button").first
    if head.get_attribute("aria-expanded") == "false":
        head.click()
    trades = page.get_by_role("table", name="GBPUSD, trades side by side")
    expect(trades.get_by_role("link", name="Left")).to_be_visible()
    expect(trades.get_by_role("link", name="Right")).to_be_visible()
    page.get_by_label("Entered within").select_option("5")
    expect(ours).to_have_count(0)
