"""The ways a run can be told to end, from any thread."""

from __future__ import annotations

import os
import threading
from typing import Final

from metafleet.runner.bell import Bell

EXIT_STOPPED: Final = 0
EXIT_CRASHED: Final = 1
EXIT_FENCED: Final = 3
EXIT_REFUSED: Final = 4
EXIT_UNHEARD: Final = 5

FENCE_GRACE_S: Final = 2.0
"""How long a fenced trading loop may take to end before the process is ended for it."""


class Switches:
    """`stop`: asked by a signal to end, leaving positions open. `fenced`: this generation's token is void.

    Either rings the bell, so that the loop looks at once, and sets `is_thrown`.
    """

    def __init__(self, bell: Bell | None = None) -> None:
        self.bell = bell or Bell()
        self.is_thrown = self._is_stopping = self._is_fenced = False

    def ask_to_stop(self) -> None:
        """End cleanly."""
        self.is_thrown = self._is_stopping = True
        self.bell.ring()

    def fence(self) -> None:
        """End at once; an EA that hangs must not go on to trade, so the process dies if need be."""
        if not self._is_fenced:
            self.is_thrown = self._is_fenced = True
            self.bell.ring()
            guard = threading.Timer(FENCE_GRACE_S, os._exit, (EXIT_FENCED,))
            guard.daemon = True
            guard.start()

    def give_up(self) -> None:
        """End the process at once: its trading loop hangs, and can be asked nothing."""
        os._exit(EXIT_CRASHED)

    def is_stopping(self) -> bool:
        return self._is_stopping

    def is_fenced(self) -> bool:
        return self._is_fenced
