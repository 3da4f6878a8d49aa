"""What may be chosen by environment variables: how much is measured. The defaults end within ten minutes."""

from __future__ import annotations

import os
from typing import Final

ROUNDS: Final = int(os.environ.get("TESTER_ROUNDS", "3"))
M1_BARS: Final = int(os.environ.get("TESTER_BARS", "100000"))
WALK_BARS: Final = int(os.environ.get("TESTER_WALK", "1000000"))
"""0: no walk."""
SLOW_BARS: Final = int(os.environ.get("TESTER_SLOW", "100000"))
"""The most bars that slow contestants get."""
ONLY: Final = frozenset(filter(None, os.environ.get("TESTER_ONLY", "").split(",")))
"""Names of contestants; none for all."""
LIMIT_S: Final = 600.0
"""A process that takes longer has failed."""
