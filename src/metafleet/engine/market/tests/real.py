"""The developer data set of real bars and ticks; it lies beside the repository and is never part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

DATA: Final = Path(__file__).resolve().parents[5] / ".." / "shared" / "data"

needs_data = pytest.mark.skipif(
    not DATA.exists(), reason="the developer data set ../shared/data is not beside the repository"
)
