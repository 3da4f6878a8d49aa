"""What a release needs of the place that it is brought to."""

from __future__ import annotations

from typing import Protocol

from metafleet.cli.preparation import Say
from metafleet.cli.refusal import Refused


class ReleaseFailed(Refused):
    """A step of a release did not come to its end; what was in service before is, or is brought, back."""


class Target(Protocol):
    """One environment. Each verb is safe to repeat and raises ReleaseFailed."""

    def running(self) -> str:
        """Return the image in service, as the place names it; "" where none is."""
        ...

    def fetch(self, version: str) -> str:
        """See that the version's image is there; return its name, by digest where there is one."""
        ...

    def check(self, image: str) -> str:
        """See that the new version accepts the settings of this place; return what was seen."""
        ...

    def migrate(self, image: str, *, may_contract: bool) -> str:
        """Bring the schema to the new version while the old one runs on it."""
        ...

    def replace(self, image: str, say: Say) -> str:
        """Bring the image into service, with the former one kept so that it can come back."""
        ...

    def take_back(self, image: str, say: Say) -> str:
        """Bring the former image, which was in service before, into service again."""
        ...

    def metrics(self) -> str:
        """Return what the gateway in service counts, as Prometheus reads it; "" where it does not tell."""
        ...

    def retire(self) -> str:
        """End what is kept of the former version beside the new one."""
        ...
