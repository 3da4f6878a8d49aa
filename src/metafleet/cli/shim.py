"""`metafleet shim`: a package named MetaTrader5 in an environment, so that any program there finds ours.

Its folder is `MetaTrader5/`, its metadata `MetaTrader5-VERSION.dist-info/` with `metafleet` as INSTALLER: by
that it is known again. It is nothing but names of `metafleet.engine.mt5`, which reads its own configuration.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from metafleet.cli.refusal import Refused

VERSION: Final = "5.0.6231"
"""The original's that this is written after. No local part: some clients want just three numbers."""

NAME: Final = "MetaTrader5"
_INFO: Final = f"{NAME}-{VERSION}.dist-info"
_INSTALLER: Final = "metafleet"

_MODULE: Final = '''"""metafleet's stand-in for the MetaTrader5 package: its functions over a paper terminal.

Put here by `metafleet shim install`; `metafleet shim install --remove` takes it out.
"""

from metafleet.engine.mt5 import *  # noqa: F403
from metafleet.engine.mt5 import __author__, __version__, _RawOrder  # noqa: F401
'''

_METADATA: Final = f"""Metadata-Version: 2.1
Name: {NAME}
Version: {VERSION}
Summary: metafleet's stand-in for the MetaTrader5 package, over a paper terminal; not MetaQuotes' own
License: Apache-2.0
Requires-Python: >=3.11
Requires-Dist: metafleet
Requires-Dist: numpy >=1.7
"""

_FILES: Final = {
    f"{NAME}/__init__.py": _MODULE,
    f"{_INFO}/METADATA": _METADATA,
    f"{_INFO}/INSTALLER": f"{_INSTALLER}\n",
    f"{_INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: metafleet\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{_INFO}/top_level.txt": f"{NAME}\n",
}

_LOOK: Final = f"""
import importlib.metadata, importlib.util, json, sysconfig
found = {{"site": sysconfig.get_path("purelib"), "version": None, "installer": None, "module": None}}
try:
    dist = importlib.metadata.distribution("{NAME}")
    found.update(version=dist.version, installer=(dist.read_text("INSTALLER") or "").strip())
except importlib.metadata.PackageNotFoundError:
    pass
spec = importlib.util.find_spec("{NAME}")
found["module"] = spec and spec.origin
found["metafleet"] = importlib.util.find_spec("metafleet") is not None
print(json.dumps(found))
"""

app = typer.Typer(no_args_is_help=True, help="Let programs that import MetaTrader5 find the paper terminal.")


@app.callback()
def shim() -> None:
    """Let programs that import MetaTrader5 find the paper terminal."""


@app.command()
def install(
    python: Annotated[
        Path | None, typer.Option(help="The interpreter of another environment; else this one's.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take out what was put in.")] = False,
) -> None:
    """Put a package named MetaTrader5 into an environment, or take it out again.

    It is refused where the original is installed, or another package of that name.
    """
    print((take_out if remove else put_in)(python or Path(sys.executable)))


class Found(msgspec.Struct, frozen=True):
    """What of that name an environment has. site: its site-packages. module: the file that is imported."""

    site: str
    version: str | None
    installer: str | None
    module: str | None
    metafleet: bool

    def is_ours(self) -> bool:
        """Say whether what is there was put in by this command."""
        return self.installer == _INSTALLER


def put_in(python: Path) -> str:
    """Install the package and say so. Raises Refused; a second time changes nothing."""
    found = _look(python)
    if not found.is_ours():
        if found.version is not None:
            raise Refused(f"{NAME} {found.version} is installed in {found.site}: it stays what is imported.")
        if found.module is not None:
            raise Refused(f"there is another {NAME} at {found.module}: it stays what is imported.")
    if not found.metafleet:
        raise Refused(f"{python} has no metafleet: install that there first.")
    site = Path(found.site)
    if _is_whole(site):
        return f"{NAME} {VERSION} is in {site} already."
    try:
        if found.is_ours():
            _delete(site)
        _write(site)
    except OSError as error:
        raise Refused(f"cannot write to {site}: {error.strerror}.") from error
    return f"{NAME} {VERSION} is in {site}: `import {NAME}` there is the paper terminal."


def take_out(python: Path) -> str:
    """Remove what `put_in` installed, and nothing else, and say so. Raises Refused."""
    found = _look(python)
    if found.version is None and found.module is None:
        return f"There is no {NAME} in {found.site}."
    if not found.is_ours():
        raise Refused(f"the {NAME} in {found.site} was not put there by metafleet: it stays.")
    try:
        _delete(Path(found.site))
    except OSError as error:
        raise Refused(f"cannot write to {found.site}: {error.strerror}.") from error
    return f"{NAME} is taken out of {found.site}."


def _look(python: Path) -> Found:
    try:
        said = subprocess.run(
            [str(python), "-I", "-c", _LOOK], capture_output=True, text=True, check=True, timeout=60
        )
        return msgspec.convert(json.loads(said.stdout), Found)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise Refused(f"{python} is no Python that can be asked for its packages.") from error


def _is_whole(site: Path) -> bool:
    return all(
        (site / name).is_file() and (site / name).read_text(encoding="utf-8") == text
        for name, text in _FILES.items()
    )


def _write(site: Path) -> None:
    rows = []
    for name, text in _FILES.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append((name, f"sha256={digest}", str(len(text.encode()))))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([*rows, (f"{_INFO}/RECORD", "", "")])
    (site / _INFO / "RECORD").write_text(out.getvalue(), encoding="utf-8")


def _delete(site: Path) -> None:
    """Delete the files that the RECORD names, what Python compiled of them, and the folders if then empty."""
    for info in sorted(site.glob(f"{NAME}-*.dist-info")):
        if (info / "INSTALLER").read_text(encoding="utf-8").strip() != _INSTALLER:
            continue
        with (info / "RECORD").open(encoding="utf-8", newline="") as file:
            names = [row[0] for row in csv.reader(file) if row]
        for name in names:
            if Path(name).parts[0] in (NAME, info.name):
                (site / name).unlink(missing_ok=True)
        shutil.rmtree(site / NAME / "__pycache__", ignore_errors=True)
        for folder in (site / NAME, info):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
