"""What a programme demands, as data: phases with targets and limits, and whose midnight counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec

DailyBasis = Literal["balance", "equity", "higher"]
"""What a day's loss is counted from: balance or equity at its start, or the higher of the two."""
TotalKind = Literal["static", "trailing", "trailing_eod"]
"""static: below the phase's first balance. trailing: below the highest equity so far. trailing_eod:
below the highest balance that a day ended with."""
OnBreach = Literal["notify", "pause", "flatten"]

LEAST_PERCENT: Final = Decimal("0.01")
MOST_PERCENT: Final = 1000
_CLOCK_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SHIPPED: Final = "shipped.toml"


@dataclass(frozen=True, slots=True)
class DayClock:
    """Whose midnight counts: a day begins at `starts` in `zone`, summer and winter."""

    zone: tzinfo
    starts: time = time()

    def day_of(self, at: datetime) -> date:
        """Return the day that an instant belongs to. at: aware."""
        local = at.astimezone(self.zone).replace(tzinfo=None)
        return (local - timedelta(hours=self.starts.hour, minutes=self.starts.minute)).date()

    def began_at(self, day: date) -> datetime:
        """Return the instant at which a day begins."""
        return datetime.combine(day, self.starts, tzinfo=self.zone)


class Phase(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One phase. Percentages are of the phase's first balance.

    `total_locks`: a trailing limit stops rising once it has reached the first balance.
    `consistency_percent`: the most of all profit that the best day may have made.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    target_percent: Decimal | None = None
    daily_loss_percent: Decimal | None = None
    daily_basis: DailyBasis = "balance"
    total_loss_percent: Decimal | None = None
    total_kind: TotalKind = "static"
    total_locks: bool = False
    min_days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 0
    consistency_percent: Decimal | None = None
    on_breach: OnBreach = "flatten"

    def __post_init__(self) -> None:
        """Raises ValueError for a percentage that nobody can mean."""
        for name in ("target", "daily_loss", "total_loss", "consistency"):
            value = getattr(self, f"{name}_percent")
            if value is not None and not LEAST_PERCENT <= value <= MOST_PERCENT:
                word = f"{name}_percent".replace("_l", "L").replace("_p", "P")
                said = f"Write a percentage from {LEAST_PERCENT} to {MOST_PERCENT}, or leave it out."
                raise ValueError(f"{word}: {said}")


class Programme(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A programme. `timezone` (IANA) and `day_starts` say when its day begins, summer and winter."""

    firm: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    timezone: str
    day_starts: str = "00:00"
    phases: Annotated[tuple[Phase, ...], msgspec.Meta(min_length=1, max_length=20)]

    def phase(self, name: str) -> Phase | None:
        """Return the phase of this name, None where the programme has none such."""
        return next((phase for phase in self.phases if phase.name == name), None)

    @property
    def clock(self) -> DayClock:
        """Whose midnight counts."""
        return DayClock(ZoneInfo(self.timezone), time.fromisoformat(self.day_starts))


class TermsRefused(ValueError):
    """The document describes no programme; `pointer` (a JSON pointer) says where, the text why."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


def read(document: object) -> Programme:
    """Return the programme that a document describes. Raises TermsRefused."""
    try:
        programme = msgspec.convert(document, Programme, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from None
    if programme.timezone not in _zones():
        raise TermsRefused("/timezone", "Name a time zone as Europe/Prague or America/New_York.")
    if not _CLOCK_TIME.fullmatch(programme.day_starts):
        raise TermsRefused("/dayStarts", "Say when the day begins as 00:00 or 17:00.")
    names = [phase.name for phase in programme.phases]
    if len(set(names)) < len(names):
        raise TermsRefused("/phases", "Each phase needs a name of its own.")
    return programme


@cache
def shipped() -> dict[str, Programme]:
    """Return the programmes that come with the product, by key."""
    import tomllib

    documents = tomllib.loads(files(__package__).joinpath(_SHIPPED).read_text())
    return {key: read(document) for key, document in documents.items()}


@cache
def _zones() -> frozenset[str]:
    """Names that databases know as well; the files of some systems have more."""
    return frozenset(available_timezones())


def _refused(said: str) -> TermsRefused:
    """Turn msgspec's `why - at `$.phases[0].name`` into a JSON pointer and a sentence."""
    detail, _, where = said.partition(" - at `$")
    pointer = where.rstrip("`").replace("[", ".").replace("]", "").replace(".", "/") or "/"
    field, colon, why = detail.partition("Percent: ")
    return TermsRefused(f"{pointer}/{field}Percent", why) if colon else TermsRefused(pointer, detail)
