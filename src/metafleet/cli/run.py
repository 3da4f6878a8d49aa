"""`metafleet run`: become one of the product's programs, for a container that holds it alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from metafleet.cli.containers import Containers
from metafleet.cli.environment import DEFAULTS
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import Settings
from metafleet.cli.supervision.programs import product_programs


class NoSuchProgram(Refused):
    """The product has no program of that name."""


def run_program(name: str, settings: Settings, environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by the program, as `metafleet up` starts it; nothing is prepared before.

    All of them listen at settings.host, the paper broker too. Raises NoSuchProgram.
    """
    broker_data = settings.data_dir / "broker"
    programs = product_programs(settings, broker_data, Path(), Containers({}), broker_host=settings.host)
    commands = {program.name: list(program.command) for program in programs}
    if name not in commands:
        raise NoSuchProgram(f"{name!r} is none of {', '.join(sorted(commands))}.")
    # Each signal that ends the container reaches the program itself: nothing of ours stays before it.
    os.execvpe(commands[name][0], commands[name], {**DEFAULTS, **environ})  # noqa: S606
