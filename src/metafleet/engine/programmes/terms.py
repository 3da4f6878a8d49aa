"""What a programme demands, as data: phases with targets and limits, and whose midnight counts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

DailyBasis = Literal["balance", "equity", "higher"]
"""What a day's loss is counted from: balance or equity at its start, or the higher of the two."""
TotalKind = Literal["static", "trailing", "trailing_eod"]
"""static: below the phase's first balance. trailing: below the highest equity so far. trailing_eod:
below the highest balance that a day ended with."""
OnBreach = Literal["notify", "pause", "flatten"]

MOST_PERCENT: Final = 1000
_SHIPPED: Final = "shipped.toml"


class Phase(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One phase. Percentages are of the phase's first balance.

    `total_locks`: a trailing limit stops rising once it has reached the first balance.
    `consistency_percent`: the most of all profit that the best day may have made.
    """

    name: str
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
            if value is not None and not 0 < value <= MOST_PERCENT:
                word = f"{name}_percent".replace("_l", "L").replace("_p", "P")
                raise ValueError(f"{word}: expected a percentage above 0, at most {MOST_PERCENT}")


class Programme(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A programme. `timezone` (IANA) and `day_starts` say when its day begins, summer and winter."""

    firm: str
    name: str
    timezone: str
    day_starts: str = "00:00"
    phases: Annotated[tuple[Phase, ...], msgspec.Meta(min_length=1, max_length=20)]

    def phase(self, name: str) -> Phase | None:
        """Return the phase of this name, None where the programme has none such."""
        return next((phase for phase in self.phases if phase.name == name), None)

    def day_of(self, at: datetime) -> date:
        """Return the day that an instant belongs to. at: aware."""
        local = at.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)
        starts = time.fromisoformat(self.day_starts)
        return (local - timedelta(hours=starts.hour, minutes=starts.minute)).date()

    def began_at(self, day: date) -> datetime:
        """Return the instant at which a day begins."""
        return datetime.combine(day, time.fromisoformat(self.day_starts), tzinfo=ZoneInfo(self.timezone))


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
        detail, _, where = str(error).partition(" - at `$")
        raise TermsRefused(_pointer(where), detail) from None
    try:
        ZoneInfo(programme.timezone)
    except (ValueError, OSError, LookupError):
        raise TermsRefused("/timezone", "Name a time zone as Europe/Prague or America/New_York.") from None
    try:
        time.fromisoformat(programme.day_starts)
    except ValueError:
        raise TermsRefused("/dayStarts", "Say when the day begins as 00:00 or 17:00.") from None
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


def _pointer(where: str) -> str:
    """Turn msgspec's `.phases[0].name` into a JSON pointer."""
    return where.rstrip("`").replace("[", ".").replace("]", "").replace(".", "/") or "/"
