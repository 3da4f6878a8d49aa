"""`metafleet migrate`: bring the database up to date and end."""

from __future__ import annotations

from collections.abc import Mapping

from metafleet.cli.data_folder import locked, open_data_folder
from metafleet.cli.environment import process_environment
from metafleet.cli.keys import ensure_keys
from metafleet.cli.preparation import Preparation, Say
from metafleet.cli.servers import lay_out_servers
from metafleet.cli.settings import Settings
from metafleet.cli.shutdown import stop_leftovers
from metafleet.cli.temporary_servers import serving


def run_migrate(
    settings: Settings, environ: Mapping[str, str], say: Say, *, may_contract: bool = True
) -> None:
    """Migrate and seed as `metafleet up` does at its start; embedded servers run meanwhile.

    may_contract: whether migrations may take away what the version before needs.

    Raises Refused when the folder is in use, a server is missing or the migration fails.
    """
    folder = open_data_folder(settings.data_dir)
    with locked(folder) as lock:
        stop_leftovers(folder)
        ensure_keys(folder.root)
        servers = lay_out_servers(folder, settings.database_url, settings.redis_url)
        environment = process_environment(environ, settings, folder, servers.database_url, servers.redis_url)
        with serving(servers, folder.logs):
            log = folder.logs / "prepare.log"
            prepare(Preparation(environment, log, lock, may_contract=may_contract), say)
    say("The database is up to date.")


def prepare(preparation: Preparation, say: Say) -> None:
    """Let it run to its end. Raises PreparationRefused."""
    try:
        preparation.run(say)
    finally:
        preparation.close()
