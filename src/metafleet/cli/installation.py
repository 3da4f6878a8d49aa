"""Joining a running installation: this process works with its database and its keys."""

from __future__ import annotations

import os
from collections.abc import Mapping

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.environment import process_environment
from metafleet.cli.refusal import Refused
from metafleet.cli.servers import lay_out_servers
from metafleet.cli.settings import Settings


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
    return folder
