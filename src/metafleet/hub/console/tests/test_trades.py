"""Trades over the API: which a filter means, one with all of it, its bars, what is said of it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metafleet.hub.fleet.models import Command, Platform, Terminal
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.models import Deal, DealReason, TradeCandles, TradeScreenshot
from metafleet.hub.journal.tests.deals import BUY, IN, OUT, SELL, deal, deposit, record, round_trip
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market.models import Candle
from tests.cast import NOW, Person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = NOW.replace(hour=0)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def account(alice: Person) -> Any:
    """Won on Monday at 1:00, lost on Tuesday morning in London, nothing on Sunday night; one open."""
    account = register(alice)
    record(
        account,
        *round_trip(1, MONDAY + HOUR, 10, magic=7, comment="breakout 50%", stop_loss="1.05"),
        *round_trip(2, MONDAY + DAY + 9 * HOUR, -4, symbol="GBPUSD", side=SELL),
        *round_trip(3, MONDAY - DAY + 22 * HOUR, 0),
        deal(40, BUY, IN, MONDAY + 2 * DAY, position_id=4),
    )
    return account


def put(person: Person, address: str, body: dict[str, Any]) -> Any:
    return person.client.put(address, json.dumps(body), content_type="application/json")


def trade_ids(person: Person) -> dict[int, str]:
    return {row["positionId"]: row["id"] for row in person.client.get("/api/trades").json()["items"]}


def positions(person: Person, **query: Any) -> list[int]:
    page = person.client.get("/api/trades", query).json()
    found = [row["positionId"] for row in page["items"]]
    assert page["total"] == len(found) == sum(row["trades"] for row in page["totals"])
    return found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [4, 2, 1, 3]),
        ({"symbol": ["EURUSD", "GBPUSD"]}, [4, 2, 1, 3]),
        ({"symbol": ["GBPUSD", "XAUUSD"]}, [2]),
        ({"result": "win"}, [1]),
        ({"result": "loss"}, [2]),
        ({"result": "even"}, [3]),
        ({"magic": 7}, [1]),
        ({"q": "BREAK"}, [1]),
        ({"q": "50%"}, [1]),
        ({"q": "%"}, [1]),
        ({"q": "gbp"}, [2]),
        ({"weekday": 0}, [1]),
        ({"weekday": 6}, [3]),
        ({"hour": 1}, [1]),
        ({"hour": 10, "tz": "Asia/Tokyo"}, [1]),
        ({"session": "asia"}, [4, 1]),
        ({"session": "london"}, [2]),
        ({"session": "newyork"}, []),
        ({"closedOn": "2026-03-02"}, [1]),
        ({"closedOn": "2026-03-01", "tz": "America/New_York"}, [1, 3]),
        ({"sort": "net_profit"}, [2, 4, 3, 1]),
        ({"sort": "-r"}, [1, 4, 2, 3]),
        ({"sort": "r"}, [1, 4, 2, 3]),
        ({"state": "closed", "sort": "-duration_s"}, [2, 1, 3]),
    ],
)
def test_filters(alice: Person, account: Any, query: dict[str, Any], found: list[int]) -> None:
    assert positions(alice, **query) == found


def test_reviews_are_filtered_by_tag_rating_and_words(alice: Person, account: Any) -> None:
    ids = trade_ids(alice)
    said = {"note": "Waited for the retest", "rating": 4, "tags": ["Plan", "retest", "plan "]}
    assert put(alice, f"/api/trades/{ids[1]}/review", said).json()["tags"] == ["plan", "retest"]
    put(alice, f"/api/trades/{ids[2]}/review", {"rating": 2, "tags": ["fomo"]})
    assert positions(alice, tag=["PLAN"]) == [1]
    assert positions(alice, tag=["plan", "fomo"]) == [2, 1]
    assert positions(alice, rating=4) == [1]
    assert positions(alice, q="RETEST") == [1]
    assert alice.client.get("/api/tags").json() == [
        {"tag": "fomo", "count": 1},
        {"tag": "plan", "count": 1},
        {"tag": "retest", "count": 1},
    ]
    listed = next(row for row in alice.client.get("/api/trades").json()["items"] if row["positionId"] == 1)
    assert (listed["tags"], listed["rating"], listed["hasNote"]) == (["plan", "retest"], 4, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"tz": "Mars/Olympus"}, "/tz"),
        ({"tz": "../etc/passwd"}, "/tz"),
        ({"weekday": 7}, "/weekday"),
        ({"closedOn": "yesterday"}, "/closedOn"),
        ({"magic": 2**63}, "/magic"),
        ({"q": "a\x00b"}, "/q"),
    ],
)
def test_a_filter_that_means_nothing_is_named(alice: Person, query: dict[str, Any], field: str) -> None:
    answer = alice.client.get("/api/trades", query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == field


def test_every_page_from_either_end_is_part_of_one_order(alice: Person, account: Any) -> None:
    record(account, *(made for n in range(10, 31) for made in round_trip(n, MONDAY, n % 3)))
    for sort in ("-exited_at", "net_profit", "symbol"):
        whole = positions(alice, sort=sort, pageSize=500)
        pages = [
            row["positionId"]
            for page in range(1, 8)
            for row in alice.client.get("/api/trades", {"sort": sort, "page": page, "pageSize": 4}).json()[
                "items"
            ]
        ]
        assert pages == whole
    assert alice.client.get("/api/trades", {"page": 99}).json()["items"] == []


def test_a_trade_with_all_that_is_known_of_it(alice: Person, account: Any) -> None:
    ids = trade_ids(alice)
    with tenant_scope(alice.tenant_id):
        TradeCandles.objects.update_or_create(
            account=account, position_id=1, part=0,
            defaults={
                "tenant_id": alice.tenant_id, "state": "stored",
                "mae": Decimal("0.01"), "mfe": Decimal("0.03"),
            },
        )  # fmt: skip
    trade = alice.client.get(f"/api/trades/{ids[1]}").json()
    assert [(made["ticket"], made["entry"], made["side"], made["profit"]) for made in trade["deals"]] == [
        (10, "in", "buy", 0),
        (11, "out", "sell", 10),
    ]
    assert (trade["server"], trade["candlesState"], trade["initialStop"]) == ("Broker-Demo", "stored", 1.05)
    assert (trade["previousId"], trade["nextId"]) == (ids[3], ids[2])
    assert (trade["durationS"], trade["mae"], trade["mfe"]) == (3600, 0.01, 0.03)
    # It ended where it began: what a unit of price was worth is not known.
    assert (trade["r"], trade["maeMoney"]) == (0, None)


def test_excursions_are_money_by_what_the_trade_itself_made(alice: Person, account: Any) -> None:
    record(
        account,
        deal(90, SELL, IN, MONDAY, position_id=9, price="1.20", stop_loss="1.24"),
        deal(91, BUY, OUT, MONDAY + HOUR, 100, position_id=9, price="1.18"),
    )
    with tenant_scope(alice.tenant_id):
        TradeCandles.objects.filter(account=account, position_id=9).update(mae="0.01", mfe="0.03")
    trade = alice.client.get(f"/api/trades/{trade_ids(alice)[9]}").json()
    assert trade["r"] == pytest.approx(0.5)
    assert (trade["maeMoney"], trade["mfeMoney"]) == (pytest.approx(50), pytest.approx(150))


def test_the_bars_around_a_trade_are_put_together_for_its_length(alice: Person, account: Any) -> None:
    ids, begin = trade_ids(alice), MONDAY - HOUR
    with tenant_scope(alice.tenant_id):
        Candle.objects.bulk_create(
            Candle(
                tenant_id=alice.tenant_id, server="Broker-Demo", symbol="EURUSD", timeframe="1m",
                opened_at=begin + timedelta(minutes=n), open=1 + n, high=3 + n, low=n, close=2 + n,
            )
            for n in range(-60, 400)
        )  # fmt: skip
    address = f"/api/trades/{ids[1]}/candles"
    auto = alice.client.get(address).json()
    assert (auto["timeframe"], len(auto["candles"])) == ("1m", 300)
    assert auto["candles"][0]["time"] == int(begin.timestamp())
    quarter = alice.client.get(address, {"timeframe": "15m"}).json()["candles"]
    assert quarter[0] == {"time": int(begin.timestamp()), "open": 1, "high": 17, "low": 0, "close": 16}
    assert alice.client.get(f"/api/trades/{ids[2]}/candles").json()["candles"] == []


def test_bars_are_asked_of_the_accounts_terminal(alice: Person, bob: Person, account: Any) -> None:
    address = f"/api/trades/{trade_ids(alice)[1]}/fetch-candles"
    assert bob.client.post(address).status_code == 403
    assert alice.client.post(address).status_code == 409  # nobody speaks for the account
    with tenant_scope(alice.tenant_id):
        Terminal.objects.create(
            tenant_id=alice.tenant_id, account=account, platform=Platform.MT5, label="Desk", enrolled_at=NOW
        )
    asked = alice.client.post(address)
    assert (asked.status_code, asked.json()["type"], asked.json()["state"]) == (
        202,
        "FETCH_CANDLES",
        "queued",
    )
    with tenant_scope(alice.tenant_id):
        payload = Command.objects.get(id=asked.json()["id"]).payload
    assert (payload["symbol"], payload["timeframe"]) == ("EURUSD", "1m")
    assert (payload["from"], payload["to"]) == ("2026-03-01T23:00:00+00:00", "2026-03-02T04:00:00+00:00")
    assert alice.client.get(address.removesuffix("/fetch-candles")).json()["candlesState"] == "asked"


def test_a_viewer_reads_reviews_and_writes_none(alice: Person, bob: Person, account: Any) -> None:
    trade = f"/api/trades/{trade_ids(alice)[1]}"
    put(alice, f"{trade}/review", {"note": "Mine"})
    assert bob.client.get(trade).json()["note"] == "Mine"
    assert put(bob, f"{trade}/review", {"note": "Not mine"}).status_code == 403
    assert bob.client.post(f"{trade}/screenshots", {"file": picture()}).status_code == 403
    assert alice.client.get(trade).json()["note"] == "Mine"


def test_a_review_is_what_was_written_last(alice: Person, account: Any) -> None:
    trade = f"/api/trades/{trade_ids(alice)[1]}"
    put(alice, f"{trade}/review", {"note": "Two\nlines", "rating": 5, "tags": ["a"]})
    put(alice, f"{trade}/review", {"note": "One"})
    assert alice.client.get(trade).json()["review"] == {"note": "One", "rating": None, "tags": []}


@pytest.mark.parametrize(
    ("review", "field"),
    [
        ({"rating": 6}, "/rating"),
        ({"tags": ["x" * 41]}, "/tags/0"),
        ({"tags": [""]}, "/tags/0"),
        ({"tags": ["a"] * 21}, "/tags"),
        ({"note": "x" * 20_001}, "/note"),
        ({"note": "a\x00b"}, "/note"),
    ],
)
def test_a_faulty_review_is_named_and_not_kept(
    alice: Person, account: Any, review: dict[str, Any], field: str
) -> None:
    trade = f"/api/trades/{trade_ids(alice)[1]}"
    answer = put(alice, f"{trade}/review", review)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == field
    assert alice.client.get(trade).json()["review"] == {"note": "", "rating": None, "tags": []}


def picture(content: bytes = PNG, kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile("picture.png", content, content_type=kind)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0 and on", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ],
)
def test_a_screenshot_comes_back_as_the_picture_that_it_is(
    alice: Person, account: Any, content: bytes, kind: str
) -> None:
    trade = f"/api/trades/{trade_ids(alice)[1]}"
    kept = alice.client.post(
        f"{trade}/screenshots", {"file": picture(content, "text/html"), "caption": " The entry "}
    )
    assert (kept.status_code, kept.json()["mediaType"], kept.json()["caption"]) == (201, kind, "The entry")
    shown = alice.client.get(f"{trade}/screenshots/{kept.json()['id']}")
    assert (shown.content, shown["Content-Type"], shown["X-Content-Type-Options"]) == (
        content,
        kind,
        "nosniff",
    )
    assert [row["caption"] for row in alice.client.get(trade).json()["screenshotList"]] == ["The entry"]
    assert alice.client.delete(f"{trade}/screenshots/{kept.json()['id']}").status_code == 204
    assert alice.client.get(trade).json()["screenshots"] == 0


@pytest.mark.parametrize(
    "content",
    [b"<svg onload='alert(1)'>", b"", b"RIFF\x00\x00\x00\x00WAVEfmt ", PNG + bytes(3 * 1024 * 1024)],
)
def test_what_is_no_picture_or_too_large_is_not_kept(alice: Person, account: Any, content: bytes) -> None:
    answer = alice.client.post(f"/api/trades/{trade_ids(alice)[1]}/screenshots", {"file": picture(content)})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/file"
    with tenant_scope(alice.tenant_id):
        assert not TradeScreenshot.objects.exists()


def test_a_trade_keeps_ten_screenshots(alice: Person, account: Any) -> None:
    address = f"/api/trades/{trade_ids(alice)[1]}/screenshots"
    codes = [alice.client.post(address, {"file": picture()}).status_code for _ in range(11)]
    assert codes == [201] * 10 + [409]


def test_a_screenshot_is_described_later_by_who_may_act(alice: Person, bob: Person, account: Any) -> None:
    trade = f"/api/trades/{trade_ids(alice)[1]}"
    kept = alice.client.post(f"{trade}/screenshots", {"file": picture()}).json()["id"]

    def describe(person: Person, caption: str) -> int:
        return int(
            person.client.patch(
                f"{trade}/screenshots/{kept}",
                json.dumps({"caption": caption}),
                content_type="application/json",
            ).status_code
        )

    assert describe(alice, " The exit ") == 200
    assert (describe(bob, "Mine"), describe(alice, "x" * 201)) == (403, 400)
    assert [row["caption"] for row in alice.client.get(trade).json()["screenshotList"]] == ["The exit"]


def test_a_screenshot_belongs_to_its_trade(alice: Person, account: Any) -> None:
    ids = trade_ids(alice)
    kept = alice.client.post(f"/api/trades/{ids[1]}/screenshots", {"file": picture()}).json()["id"]
    assert alice.client.get(f"/api/trades/{ids[2]}/screenshots/{kept}").status_code == 404


def test_filters_are_kept_for_their_person_alone(alice: Person, bob: Person) -> None:
    form = {"name": "Losing Mondays", "query": {"result": "loss", "weekday": 0, "symbol": ["EURUSD"]}}
    kept = alice.client.post("/api/filters", json.dumps(form), content_type="application/json")
    assert (kept.status_code, kept.json()["query"]) == (201, form["query"])
    again = alice.client.post("/api/filters", json.dumps(form), content_type="application/json")
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (409, "/name")
    assert bob.client.get("/api/filters").json() == []
    address = f"/api/filters/{kept.json()['id']}"
    assert bob.client.delete(address).status_code == 404
    assert put(alice, address, {"name": "Mondays", "query": {}}).json()["name"] == "Mondays"
    assert alice.client.delete(address).status_code == 204
    assert alice.client.get("/api/filters").json() == []


@pytest.mark.parametrize(
    "query",
    [{"q": "a\x00b"}, {"q": {"deep": 1}}, {"x" * 41: 1}, {f"k{n}": 1 for n in range(31)}, {"n": 2**70}],
)
def test_a_filter_that_no_screen_makes_is_refused(alice: Person, query: dict[str, Any]) -> None:
    form = json.dumps({"name": "Odd", "query": query})
    assert alice.client.post("/api/filters", form, content_type="application/json").status_code == 400


def exported(person: Person, **query: Any) -> bytes:
    answer = person.client.get("/api/journal/export", query)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return b"".join(answer)


def test_an_export_as_json_has_what_the_list_has(alice: Person, account: Any) -> None:
    put(alice, f"/api/trades/{trade_ids(alice)[1]}/review", {"note": "=1+1", "tags": ["plan"]})
    rows = json.loads(exported(alice, format="json", state="closed", sort="-net_profit"))
    assert [row["positionId"] for row in rows] == [1, 3, 2]
    assert (rows[0]["note"], rows[0]["tags"], rows[0]["netProfit"]) == ("=1+1", ["plan"], 10)
    assert rows[0]["exitedAt"] == "2026-03-02T02:00:00Z"
    assert json.loads(exported(alice, format="json", symbol="XAUUSD")) == []


def test_an_export_as_csv_keeps_numbers_and_runs_no_formula(alice: Person, account: Any) -> None:
    put(alice, f"/api/trades/{trade_ids(alice)[2]}/review", {"note": "=HYPERLINK(1)", "tags": ["-x", "+y"]})
    [line] = exported(alice, format="csv", symbol="GBPUSD").decode().splitlines()[1:]
    assert "'=HYPERLINK(1)" in line
    assert '"\'-x, +y"' in line
    assert ",-4.0," in line


def test_an_export_as_xlsx_has_text_as_text(alice: Person, account: Any) -> None:
    put(alice, f"/api/trades/{trade_ids(alice)[1]}/review", {"note": "=1+1"})
    with ZipFile(io.BytesIO(exported(alice, format="xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 5
    assert "<f>" not in sheet
    assert "=1+1" in sheet


def test_the_deals_are_exported_with_cash_flows_of_whole_accounts(alice: Person, account: Any) -> None:
    record(account, deposit(500, MONDAY - 2 * DAY, 1000))
    rows = json.loads(exported(alice, format="json", kind="deals"))
    assert [(row["ticket"], row["kind"]) for row in rows][:2] == [(500, "deposit"), (30, "buy")]
    assert len(rows) == 8
    chosen = json.loads(exported(alice, format="json", kind="deals", symbol="GBPUSD"))
    assert [(row["ticket"], row["entry"]) for row in chosen] == [(20, "in"), (21, "out")]


def test_a_long_export_of_deals_has_each_once(
    alice: Person, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metafleet.hub.console import extracts

    monkeypatch.setattr(extracts, "PAGE", 2)
    rows = json.loads(exported(alice, format="json", kind="deals"))
    assert [row["ticket"] for row in rows] == [30, 31, 10, 11, 20, 21, 40]


def test_an_export_that_would_leave_rows_out_is_refused(
    alice: Person, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metafleet.hub.console import extracts

    monkeypatch.setattr(extracts, "AT_MOST", 3)
    answer = alice.client.get("/api/journal/export")
    assert answer.status_code == 409
    assert "at most 3" in answer.json()["detail"]


def test_why_the_ea_opened_it_stands_beside_what_a_person_writes(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        opening = Deal.objects.filter(account=account, position_id=1).order_by("executed_at").first()
        assert opening is not None
        DealReason.objects.create(
            tenant_id=alice.tenant_id,
            account=account,
            ticket=opening.ticket,
            tag="breakout",
            note="above the range",
        )
    ids = trade_ids(alice)
    review = {"note": "too early", "rating": 2, "tags": ["fomo"]}
    assert put(alice, f"/api/trades/{ids[1]}/review", review).status_code == 200
    shown = alice.client.get(f"/api/trades/{ids[1]}").json()
    assert (shown["eaTag"], shown["eaNote"]) == ("breakout", "above the range")
    assert shown["review"] == review
    other = alice.client.get(f"/api/trades/{ids[2]}").json()
    assert (other["eaTag"], other["eaNote"]) == ("", "")
