"""The file that says which environments there are and how each is released: `releases.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from metafleet.cli.refusal import Refused

FILE: Final = "releases.toml"

Address = Annotated[str, Meta(pattern=r"^https?://[^\s/]+$")]
Word = Annotated[str, Meta(min_length=1, max_length=200)]


class PlanRefused(Refused):
    """The file is missing or says something that cannot be used."""


class Environment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every environment has.

    image: the repository of the product's image; a version is its tag. web, gateway: where people and
    terminals reach it. after: the environment where a version is validated before it comes here.
    watch_s: how long a version is watched beside the one before it. ca_file: who vouches for its
    certificates, where that is nobody whom this machine knows.
    """

    image: Word
    web: Address
    gateway: Address
    after: Word | None = None
    watch_s: Annotated[int, Meta(ge=1, le=86_400)] = 60
    ca_file: Word | None = None


class OneServer(Environment, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="compose"):
    """The compose stack of one server. folder: where its compose file is, from the plan's own folder."""

    folder: Word
    files: Annotated[tuple[Word, ...], Meta(min_length=1)] = ("compose.yml",)
    project: Word | None = None


class AtAmazon(Environment, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ecs"):
    """Services of an Amazon ECS cluster, in the order in which they are replaced.

    migrations: the task family that migrates; None: that of the last service, with its command replaced.
    patience_s: how long ECS may take for one service, its bake time included.
    """

    cluster: Word
    region: Word
    services: Annotated[tuple[Word, ...], Meta(min_length=1)] = ("worker", "judge", "beat", "gateway", "web")
    migrations: Word | None = None
    patience_s: Annotated[int, Meta(ge=60, le=86_400)] = 3600


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """folder: where the file is, from which its paths count. record: the folder of the checklists."""

    folder: Path
    record: Path
    environments: dict[str, OneServer | AtAmazon]

    def of(self, name: str) -> OneServer | AtAmazon:
        """Return the environment. Raises PlanRefused where there is none of this name."""
        if name not in self.environments:
            known = ", ".join(self.environments)
            raise PlanRefused(f"{self.folder / FILE} has no environment {name!r}; it has {known}.")
        return self.environments[name]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    environments: Annotated[dict[Word, OneServer | AtAmazon], Meta(min_length=1)]
    record: Word = "releases"


def read_plan(path: Path) -> Plan:
    """Raises PlanRefused with one sentence that names the file and the field."""
    try:
        told = msgspec.convert(tomllib.loads(path.read_text()), _File)
    except FileNotFoundError:
        raise PlanRefused(
            f"There is no {path}. Write one, see docs/guides/releases.md, or name another with --plan."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PlanRefused(f"{path} cannot be used: {error}.") from error
    folder = path.parent.resolve()
    plan = Plan(folder=folder, record=folder / told.record, environments=told.environments)
    for name, environment in plan.environments.items():
        if environment.after == name or environment.after not in {None, *plan.environments}:
            raise PlanRefused(
                f"{path}: `after` of {name} names {environment.after!r}, which is no environment before it."
            )
    return plan
