"""What a rule's kind is: parameters, whom it judges, and a pure reading of one subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

import msgspec

from metafleet.engine.programmes.marks import Marks
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.monitor.models import Scope, Severity

STAGES: Final = (50, 75, 90, 100)
"""Percent of a limit at which people are warned."""
LONGEST_S: Final = 24 * 3600
Judges = Literal["account", "silence", "host", "spread", "results", "tenant", "platform", "models"]
"""What a kind looks at: an account's figures as they come, how long it has been silent, a machine, the spread
of an EA's symbol, an EA's results, a tenant's house-keeping, the platform itself, the models it serves."""
OF_OPERATORS: Final = frozenset({"platform", "models"})
"""What only the desks of operators have rules about."""
SUBJECTS: Final[Mapping[Judges, Scope]] = {
    "account": Scope.ACCOUNT,
    "silence": Scope.ACCOUNT,
    "host": Scope.HOST,
    "spread": Scope.INSTANCE,
    "results": Scope.INSTANCE,
    "tenant": Scope.TENANT,
    "platform": Scope.TENANT,
    "models": Scope.TENANT,
}
"""Whom an incident of such a kind is about. EAs are paused by what is about accounts and EAs."""
Unit = Literal["money", "percent", "seconds", "items", "points"]


@dataclass(frozen=True, slots=True)
class AccountLook:
    """An account as it was last seen. Money in `currency`; marks None before the first look.

    margin: used for what is open.
    """

    account_id: UUID
    label: str
    currency: str
    at: datetime
    balance: float
    equity: float
    margin: float
    marks: Marks | None = None


@dataclass(frozen=True, slots=True)
class SilenceLook:
    """When an account was last heard of."""

    account_id: UUID
    label: str
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class SpreadLook:
    """The spread of an EA's symbol now and as it normally is, in points. samples: behind what is normal."""

    symbol: str
    points: float
    normal: float
    samples: int


@dataclass(frozen=True, slots=True)
class ResultsLook:
    """Net results of an EA's closed trades in account currency, the oldest first."""

    currency: str
    results: Sequence[float]


@dataclass(frozen=True, slots=True)
class TenantLook:
    """failed_at: when each item of the last day was set aside, the oldest first."""

    failed_at: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class PlatformLook:
    """Connections of the database, and how many it takes; how old its backups are.

    verified_of: when the newest backup that was verified was complete.
    """

    connections: int
    most_connections: int
    verified_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelLook:
    """How a model that is served stands, over its newest signals; None where too little is known.

    psi: the largest population stability index of a feature, of which `psi_feature` is the name.
    p_value: of probabilities as far from what came, if they were right. gap: mean probability less the share.
    """

    version_id: UUID
    label: str
    signals: int
    psi: float | None
    psi_feature: str
    scored: int
    gap: float | None
    p_value: float | None


Models = Callable[[], Sequence[ModelLook]]
"""Asks how the served models stand. In an operator's scope."""


@dataclass(frozen=True, slots=True)
class HostLook:
    """A customer's machine as it was last seen; None for what it did not say."""

    host_id: UUID
    label: str
    at: datetime
    heard_at: datetime
    cpu_percent: float | None
    memory_percent: float | None
    disk_percent: float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a subject is from its limit.

    percent: how much of the limit is used, 100 at it, below 0 never. is_beyond: the limit is reached.
    is_clear: so far back that an incident may end (hysteresis). text: a sentence with the figures.
    """

    value: float
    limit: float
    unit: Unit
    percent: float
    is_beyond: bool
    is_clear: bool
    text: str

    @property
    def stage(self) -> int:
        """The highest of STAGES that is reached; 0 below the first."""
        return max((stage for stage in STAGES if self.percent >= stage), default=0)


class Kind(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Base of every kind: its fields are its parameters, as they stand in a rule's `params`.

    `for_s`: how long it must be so before it fires. `clear_for_s`: how long not before it is over.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    judges: ClassVar[Judges] = "account"
    severity: ClassVar[Severity] = Severity.WARNING
    has_stages: ClassVar[bool] = False
    """Whether people are warned on the way to the limit."""

    for_s: float = 0
    clear_for_s: float = 0

    def __post_init__(self) -> None:
        for word, seconds in (("forS", self.for_s), ("clearForS", self.clear_for_s)):
            if not 0 <= seconds <= LONGEST_S:
                raise ValueError(f"{word}: expected seconds from 0 to {LONGEST_S}")

    def read(self, look: Any, now: datetime) -> Reading | None:
        """Return how the subject stands; None where nothing can be said of it."""
        raise NotImplementedError


def params_of(kind: type[Kind], document: object) -> Kind:
    """Return a rule's parameters, checked. Raises Malformed, which names the field."""
    try:
        return msgspec.convert(document, kind, strict=False)
    except msgspec.ValidationError as error:
        detail, _, where = str(error).partition(" - at `$")
        word, colon, _ = detail.partition(":")
        pointer = f"/params/{word}" if colon and not where.strip(".`") else "/params"
        path = where.rstrip("`").replace(".", "/")
        raise Malformed(Fault(pointer if not path else f"/params{path}", detail)) from None
