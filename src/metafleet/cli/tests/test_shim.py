"""`metafleet shim install`: in an environment of its own each time."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

import metafleet
from metafleet.cli.refusal import Refused
from metafleet.cli.shim import NAME, VERSION, put_in, take_out


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An environment that sees this one's packages."""
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    (site,) = (tmp_path / "env/lib").glob("python*/site-packages")
    here = [str(Path(metafleet.__path__[0]).parent), *[path for path in sys.path if "site-packages" in path]]
    (site / "here.pth").write_text("\n".join(here))
    return tmp_path / "env/bin/python"


def site_of(python: Path) -> Path:
    (site,) = (python.parents[1] / "lib").glob("python*/site-packages")
    return site


def said(python: Path, code: str) -> str:
    return subprocess.run(
        [str(python), "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def test_a_program_finds_package_and_version(python: Path) -> None:
    assert "is the paper terminal" in put_in(python)
    code = (
        "import importlib.metadata, MetaTrader5 as mt5; from MetaTrader5 import Tick, TIMEFRAME_M1;"
        "listed = importlib.metadata.version('MetaTrader5');"
        "print(mt5.__version__, listed, mt5.__file__, mt5._RawOrder.__name__)"
    )
    version, listed, file, raw = said(python, code).split()
    assert (version, listed, raw) == (VERSION, VERSION, "_RawOrder")
    assert Path(file) == site_of(python) / NAME / "__init__.py"


def test_a_second_time_changes_nothing(python: Path) -> None:
    put_in(python)
    before = {path: path.stat().st_mtime_ns for path in site_of(python).rglob("*") if NAME in str(path)}
    assert "already" in put_in(python)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_it_takes_out_exactly_what_it_put_in(python: Path) -> None:
    before = sorted(site_of(python).rglob("*"))
    put_in(python)
    said(python, "import MetaTrader5")
    assert "taken out" in take_out(python)
    assert sorted(site_of(python).rglob("*")) == before
    assert "There is no" in take_out(python)


@pytest.mark.parametrize("has_metadata", [True, False])
def test_another_package_of_the_name_stays(python: Path, *, has_metadata: bool) -> None:
    package = site_of(python) / NAME
    package.mkdir()
    (package / "__init__.py").write_text("x = 1")
    if has_metadata:
        info = site_of(python) / f"{NAME}-5.0.5388.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 5.0.5388\n")
        (info / "INSTALLER").write_text("pip\n")
    for verb in (put_in, take_out):
        with pytest.raises(Refused, match="stays"):
            verb(python)
    assert (package / "__init__.py").read_text() == "x = 1"


def test_what_is_no_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is no Python"):
        put_in(tmp_path / "python")
