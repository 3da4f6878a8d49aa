"""The command long-poll: one thread that fetches commands for the trading loop."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from metafleet.runner import clock
from metafleet.runner.backoff import Backoff
from metafleet.runner.inbox import Inbox
from metafleet.runner.switches import Switches
from metafleet.wire.client import WireClient, WireError

WAIT_S: Final = 20
QUICK_ANSWER_S: Final = 0.5
"""An empty answer before this means a gateway that does not wait; then this side does."""

logger = logging.getLogger(__name__)


class Poller:
    """Runs until the process ends, or the gateway fences this generation off."""

    def __init__(self, client: WireClient, inbox: Inbox, switches: Switches) -> None:
        self._client = client
        self._inbox = inbox
        self._switches = switches
        self._backoff = Backoff()
        self._thread = threading.Thread(target=self._run, name="commands", daemon=True)

    def start(self) -> None:
        """Begin to fetch."""
        self._thread.start()

    def _run(self) -> None:
        while not self._switches.is_fenced():
            try:
                self._fetch()
                self._backoff.reset()
            except WireError as refused:
                if refused.is_unauthorised:
                    logger.error("the gateway refuses this token: %s", refused.detail)
                    self._switches.fence()
                    return
                time.sleep(self._backoff.next_wait_s(refused.retry_after_s))

    def _fetch(self) -> None:
        asked_s = clock.steady_s()
        commands = self._client.commands(WAIT_S)
        for command in commands:
            self._inbox.put(command)
        if not commands and clock.steady_s() - asked_s < QUICK_ANSWER_S:
            time.sleep(QUICK_ANSWER_S)
