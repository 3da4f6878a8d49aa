"""`metafleet check`: whether the installation can run, and whether strangers may reach it."""

from __future__ import annotations

from collections.abc import Mapping

from metafleet.cli.installation import join
from metafleet.cli.preparation import Say
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import Settings


class CheckFailed(Refused):
    """Something must be mended first."""


def run_check(settings: Settings, environ: Mapping[str, str], say: Say, *, deploy: bool) -> None:
    """Say what was looked at. Raises Refused with what must be mended.

    deploy: also look for what is unsafe where strangers can reach it.
    """
    join(settings, environ)
    from django.conf import settings as hub
    from django.db import DatabaseError, connection

    from metafleet.hub.config import deployment, startup

    startup.check_keys()
    say("Keys can be used.")
    try:
        connection.ensure_connection()
        say("The database answers.")
        if not deploy:
            return
        found = deployment.of_settings(hub, environ) + deployment.of_database(connection)
    except DatabaseError as error:
        raise CheckFailed(
            "the database does not answer. Start the installation with `metafleet up`, or see DATABASE_URL."
        ) from error
    for finding in found:
        say(f"UNSAFE  {finding.setting}: {finding.problem} {finding.mend}")
    if found:
        raise CheckFailed(f"{len(found)} settings are not safe for production.")
    say("Nothing unsafe was found.")
