"""Do the trials that are due, one at a time: a fleet's work must not wait for them."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from metafleet.hub.catalogue import releases
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.fleet.drivers.process.users import Users
from metafleet.hub.fleet.trials.sandbox import Sandbox, SandboxFailed
from metafleet.hub.kernel import clock

TELL_EVERY_S: Final = 0.5

logger = logging.getLogger(__name__)


def try_out(version_id: UUID) -> EAVersion | None:
    """Try a version out where that is due, and write what came of it. None where it is not, or others do.

    Safe to run twice and to be killed: the lease runs out, and the next one begins anew.
    """
    now = clock.now()
    if EAVersion.objects.filter(trial_lease_until__gt=now).exists():
        return None  # another's turn; the sweep comes back
    claim = releases.claim_trial(version_id=version_id, now=now)
    if claim is None:
        return None
    try:
        outcome = sandbox().try_out(claim.source, _Progress(claim).tell)
    except SandboxFailed as failed:
        logger.warning("the trial of version %s could not be made: %s", version_id, failed)
        return releases.put_trial_off(claim, str(failed), now=clock.now())
    return releases.finish_trial(claim, outcome, now=clock.now())


def sandbox() -> Sandbox:
    """The sandbox of this installation."""
    home = Path(settings.DATA_DIR)
    (home / "runners").mkdir(parents=True, exist_ok=True, mode=0o700)
    return Sandbox(home, Users(home / "runners"))


class _Progress:
    """Writes how far a trial is, and not at each word of it."""

    def __init__(self, claim: releases.TrialClaim) -> None:
        self._claim = claim
        self._told_at_s = time.monotonic()

    def tell(self, progress: float) -> None:
        if time.monotonic() - self._told_at_s >= TELL_EVERY_S:
            self._told_at_s = time.monotonic()
            releases.note_progress(self._claim, progress)
