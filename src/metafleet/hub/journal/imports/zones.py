"""The broker's server clock, and the instants that it stands for.

No file says its time zone. It is given, by the account or with the upload; where the live feed
has deals of the file too, their instants tell how far the server's clock is from UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from metafleet.engine.statements.folding import Deal
from metafleet.hub.journal.imports.errors import UnknownTimezone
from metafleet.hub.journal.imports.values import as_epoch

Clocks = Sequence[tuple[datetime, datetime]]
"""(server's clock as the file has it, instant as the live feed has it) of the same deal."""

_STEP_S: Final = 15 * 60
"""Zones differ by quarters of an hour; what is less is the broker's own delay."""
_WIDEST_H: Final = 14


class Chosen(msgspec.Struct, frozen=True):
    """The zone that times are read in, and a sentence where somebody should look at it; else ""."""

    zone: ZoneInfo
    note: str = ""


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises UnknownTimezone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UnknownTimezone(name) from error


def choose(*, said: str, of_account: str, common: Clocks) -> Chosen:
    """Return the zone: as said with the upload, as the live feed shows, or the account's own, or UTC.

    said: an IANA name, "" for none; it stands whatever the live feed shows.
    Raises UnknownTimezone.
    """
    zone = zone_of(said or of_account or "UTC")
    if not common or _agreement(zone, common) * 2 >= len(common):
        return Chosen(zone)
    offset_s = Counter(_offset_s(server, instant) for server, instant in common).most_common(1)[0][0]
    shown = f"UTC{offset_s / 3600:+g} h"
    if said:
        return Chosen(
            zone,
            f"The live feed has {len(common)} of these deals, and by it the server's clock is {shown}, "
            f"not {zone.key}: new deals may be off by the difference.",
        )
    fixed = _fixed(offset_s)
    if fixed is None:
        return Chosen(zone, f"By the live feed the server's clock is {shown}. Choose its time zone.")
    return Chosen(
        fixed,
        f"Times are read as {shown}, which the live feed shows of {len(common)} of these deals. Choose the "
        "server's time zone instead where it has summer time.",
    )


def placed(deals: Iterable[Deal], zone: ZoneInfo) -> list[Deal]:
    """Return the deals with their instants in UTC; the hour that a clock repeats is its first."""
    return [
        msgspec.structs.replace(deal, executed_at=deal.executed_at.replace(tzinfo=zone).astimezone(UTC))
        for deal in deals
    ]


def _agreement(zone: ZoneInfo, common: Clocks) -> int:
    return sum(_offset_s(server, instant) == _zone_s(zone, server) for server, instant in common)


def _offset_s(server: datetime, instant: datetime) -> int:
    return round((as_epoch(server) - instant).total_seconds() / _STEP_S) * _STEP_S


def _zone_s(zone: ZoneInfo, server: datetime) -> int:
    offset = server.replace(tzinfo=zone).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _fixed(offset_s: int) -> ZoneInfo | None:
    """The IANA zone without summer time; its sign is the other way round."""
    hours, rest = divmod(offset_s, 3600)
    if rest or abs(hours) > _WIDEST_H or hours < -12:
        return None
    return ZoneInfo("UTC" if hours == 0 else f"Etc/GMT{-hours:+d}")
