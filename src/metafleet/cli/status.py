"""`metafleet status`: what runs."""

from __future__ import annotations

from metafleet.cli import leftovers
from metafleet.cli.backups import standing
from metafleet.cli.data_folder import DataFolder
from metafleet.cli.embedded import postgres
from metafleet.cli.preparation import Say
from metafleet.cli.settings import Settings
from metafleet.cli.shutdown import supervisor_of
from metafleet.cli.supervision.client import SupervisorUnavailable


def print_status(settings: Settings, say: Say) -> bool:
    """Say one line per process; return whether all of them run."""
    folder = DataFolder(settings.data_dir)
    try:
        states = list(supervisor_of(folder).states().values())
    except SupervisorUnavailable:
        say(f"metafleet does not run on {folder.root}.")
        return False
    say(f"metafleet   {settings.web_url}   {folder.root}")
    for state in states:
        say(f"  {state.name:<10} {state.state.lower():<10} {state.pid or ''}")
    say(f"  EA runners {len(leftovers.runner_processes(folder.runners))}")
    url = settings.database_url or postgres.url_of(folder.sockets.resolve() / "postgres")
    if backups := standing.read(url):
        say(f"  backups    {standing.sentence(backups)}")
    return all(state.is_running for state in states)
