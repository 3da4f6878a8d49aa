"""Joining a running installation: this process works with its database and its keys."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.environment import process_environment
from metafleet.cli.refusal import Refused
from metafleet.cli.servers import lay_out_servers
from metafleet.cli.settings import Settings, read_settings


class NoInstallation(Refused):
    """The data folder holds none."""


def join(settings: Settings, environ: Mapping[str, str]) -> DataFolder:
    """Become one of the installation's processes; return its folder. Raises NoInstallation."""
    folder = DataFolder(settings.data_dir)
    if not folder.version.exists():
        raise NoInstallation(
            f"there is no installation in {folder.root}; name its folder by METAFLEET_DATA_DIR."
        )
    servers = lay_out_servers(folder, settings.database_url, settings.redis_url)
    os.environ.update(process_environment(environ, settings, folder, servers.database_url, servers.redis_url))
    import django

    django.setup()
    from metafleet.hub.kernel import origin

    origin.came_by("cli")
    return folder


@contextmanager
def asked_of_the_hub() -> Iterator[DataFolder]:
    """Join the installation that the environment names; say what the hub refuses, and a silent database.

    Raises Refused in words.
    """
    folder = join(read_settings(os.environ, Path.cwd()), os.environ)
    from django.db import OperationalError

    from metafleet.hub.kernel.errors import Refused as HubRefused

    try:
        yield folder
    except HubRefused as refusal:
        raise Refused(refusal.detail) from None
    except OperationalError:
        raise Refused("the database does not answer. Start the installation with `metafleet up`.") from None


def who_is_here() -> str:
    """Return who works at this machine, as the record of deeds has it: cli:<login name>."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user without a name
        return f"cli:{os.getuid()}"
