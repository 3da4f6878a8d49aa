"""The peers' own environment: made the first time, never the project's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / ".venv-peers"
REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
_INSTALLED: Final = FOLDER / ".installed"
_UV: Final = ROOT / ".uv/bin/uv"


def peers_python() -> Path | None:
    """Return the interpreter of the peers' environment; None, and a word on it, where it cannot be made."""
    python = FOLDER / "bin/python"
    if _INSTALLED.exists() and _INSTALLED.stat().st_mtime >= REQUIREMENTS.stat().st_mtime:
        return python
    print(f"Installing the peers into {FOLDER.name} (1.5 GB) …", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)  # noqa: S603
        subprocess.run(_installer(python), check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as failure:
        print(f"NOT MEASURED: the peers cannot be installed here: {failure}", flush=True)
        return None
    _INSTALLED.touch()
    return python


def _installer(python: Path) -> list[str]:
    """Return uv's command where the project has it, which takes a fifth of the time; else pip's."""
    wanted = ["--quiet", "--require-hashes", "--requirement", str(REQUIREMENTS)]
    if _UV.exists():
        os.environ.setdefault("UV_SYSTEM_CERTS", "true")
        return [str(_UV), "pip", "install", "--python", str(python), *wanted]
    return [str(python), "-m", "pip", "install", "--disable-pip-version-check", *wanted]
