"""Whether the React app has been built into the package."""

from __future__ import annotations

from pathlib import Path

import metafleet
from metafleet.cli.refusal import Refused

APP = Path(metafleet.__file__).parent / "hub" / "console" / "static" / "app"


class FrontendMissing(Refused):
    """There is no built app to serve."""


def check_frontend(app: Path = APP) -> None:
    """Raises FrontendMissing when the app has not been built."""
    if not (app / "index.html").is_file():
        raise FrontendMissing(
            "The web app has not been built; run `make run`, or `npm ci && npm run build` in the folder "
            "frontend (needs Node 20.19 or newer), and start again."
        )
