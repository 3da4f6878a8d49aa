"""What traders say of their trades: notes, ratings, tags, screenshots. All by position, not by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal import trades
from metafleet.hub.journal.models import Trade, TradeCandles, TradeReview, TradeScreenshot
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused

MOST_SCREENSHOTS: Final = 10
MOST_BYTES: Final = 3 * 1024 * 1024
MOST_TAGS_LISTED: Final = 500

_TAGS = """
    SELECT tag.name, count(*) FROM journal_tradereview r
    CROSS JOIN LATERAL unnest(r.tags) AS tag (name)
    WHERE r.tenant_id = %s GROUP BY tag.name ORDER BY count(*) DESC, tag.name LIMIT %s
"""

_MEDIA: Final = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"WEBP", 8, "image/webp"),
)
"""The first bytes of each kind, and where they stand. A WebP is a RIFF file, checked besides."""


class TooManyScreenshots(Refused):
    """A trade keeps a handful of pictures."""

    def __init__(self) -> None:
        super().__init__(f"A trade keeps at most {MOST_SCREENSHOTS} screenshots. Remove one first.")


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of a trade besides its deals. `mae` and `mfe` in price units."""

    note: str = ""
    rating: int | None = None
    tags: tuple[str, ...] = ()
    screenshots: int = 0
    mae: Decimal | None = None
    mfe: Decimal | None = None
    candles_state: str = "none"


NOTHING: Final = Said()


def said_of(rows: Sequence[Trade]) -> dict[tuple[UUID, int, int], Said]:
    """Return what is said of these trades, in three queries however many there are."""
    if not rows:
        return {}
    wanted = Q(
        account_id__in={row.account_id for row in rows}, position_id__in={row.position_id for row in rows}
    )
    keys = ("account_id", "position_id", "part")
    said: dict[tuple[UUID, int, int], Said] = {}
    written = TradeReview.objects.filter(wanted).values_list(*keys, "note", "rating", "tags")
    for *key, note, rating, tags in written:
        said[_key(key)] = Said(note=note, rating=rating, tags=tuple(tags))
    candles = TradeCandles.objects.filter(wanted).values_list(*keys, "mae", "mfe", "state")
    for *key, mae, mfe, state in candles:
        known = said.get(_key(key), NOTHING)
        said[_key(key)] = replace(known, mae=mae, mfe=mfe, candles_state=state)
    pictures = Counter(TradeScreenshot.objects.filter(wanted).values_list(*keys))
    for key, count in pictures.items():
        said[_key(key)] = replace(said.get(_key(key), NOTHING), screenshots=count)
    return said


def review_of(trade: Trade) -> TradeReview:
    """Return what its trader says of the trade; an empty review that is not stored where there is none."""
    account_id, position_id, part = trades.key_of(trade)
    found = TradeReview.objects.filter(account_id=account_id, position_id=position_id, part=part).first()
    return found or TradeReview(
        tenant_id=trade.tenant_id, account_id=account_id, position_id=position_id, part=part
    )


def write_review(*, trade: Trade, note: str, rating: int | None, tags: Iterable[str]) -> TradeReview:
    """Say this of the trade from now on. Two at once: the later stands, and there is one review."""
    account_id, position_id, part = trades.key_of(trade)
    row, _ = TradeReview.objects.update_or_create(
        account_id=account_id,
        position_id=position_id,
        part=part,
        defaults={"note": note.strip(), "rating": rating, "tags": tidy(tags)},
        create_defaults={
            "tenant_id": trade.tenant_id, "note": note.strip(), "rating": rating, "tags": tidy(tags),
        },
    )  # fmt: skip
    return row


def tidy(tags: Iterable[str]) -> list[str]:
    """Return the tags in lower case, each once, in their order."""
    return list(dict.fromkeys(tag.strip().lower() for tag in tags if tag.strip()))


def tags(*, tenant_id: UUID) -> list[tuple[str, int]]:
    """Return (tag, number of trades), the most used first."""
    with connection.cursor() as cursor:
        cursor.execute(_TAGS, [tenant_id, MOST_TAGS_LISTED])
        return [(name, count) for name, count in cursor.fetchall()]


def screenshots(trade: Trade) -> QuerySet[TradeScreenshot]:
    """Return the trade's pictures, oldest first, without their bytes."""
    account_id, position_id, part = trades.key_of(trade)
    found = TradeScreenshot.objects.filter(account_id=account_id, position_id=position_id, part=part)
    return found.defer("image").order_by("created_at", "id")


def add_screenshot(*, trade: Trade, image: bytes, caption: str) -> TradeScreenshot:
    """Keep a picture with the trade.

    image: PNG, JPEG or WebP, by its own first bytes, at most 3 MiB.
    Raises Malformed for anything else, TooManyScreenshots for an eleventh.
    """
    media_type = media_type_of(image)
    # Two at once take turns, or both would find room for the tenth.
    TradingAccount.objects.select_for_update(of=("self",), no_key=True).get(id=trade.account_id)
    if screenshots(trade).count() >= MOST_SCREENSHOTS:
        raise TooManyScreenshots
    return TradeScreenshot.objects.create(
        tenant_id=trade.tenant_id,
        account_id=trade.account_id,
        position_id=trade.position_id,
        part=trade.part,
        media_type=media_type,
        caption=caption,
        image=image,
    )


def describe_screenshot(row: TradeScreenshot, caption: str) -> None:
    """Say what the picture shows from now on; empty says nothing."""
    row.caption = caption
    row.save(update_fields=["caption"])


def find_screenshot(trade: Trade, screenshot_id: UUID) -> TradeScreenshot:
    """Raises NotFound, also for one of another trade."""
    row = screenshots(trade).filter(id=screenshot_id).first()
    if row is None:
        raise NotFound("screenshot")
    return row


def media_type_of(image: bytes) -> str:
    """Return what kind of picture it is, by its first bytes.

    Raises Malformed for what is no picture, or too large.
    """
    if len(image) > MOST_BYTES:
        raise Malformed(Fault("/file", "A screenshot may have at most 3 MB. Save it smaller, as JPEG."))
    for mark, place, media_type in _MEDIA:
        is_webp = media_type == "image/webp"
        if image[place : place + len(mark)] == mark and (not is_webp or image[:4] == b"RIFF"):
            return media_type
    raise Malformed(Fault("/file", "This is no PNG, JPEG or WebP picture. Save it as one of these."))


def _key(key: Sequence[object]) -> tuple[UUID, int, int]:
    account_id, position_id, part = key
    return account_id, position_id, part  # type: ignore[return-value]
