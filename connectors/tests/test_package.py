"""The zip that people install from."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from connectors.harness.compiler import NotCompiled, check
from connectors.package.__main__ import main, zipped
from connectors.package.contents import CONNECTORS, PLATFORMS, Platform, files, inputs_of, preset, version


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    main([str(tmp_path / "dist")])
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "dist", check=True)  # noqa: S607
    with zipfile.ZipFile(tmp_path / "dist" / f"metafleet-connectors-{version()}.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path / f"metafleet-connectors-{version()}"


def test_the_same_sources_are_the_same_bytes() -> None:
    assert zipped() == zipped()
    with zipfile.ZipFile(io.BytesIO(zipped())) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == sorted(archive.namelist())
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}


def test_every_hash_is_that_of_its_file(unpacked: Path) -> None:
    listed = {}
    for line in (unpacked / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ", 1)
        listed[name] = digest
    found = {
        str(path.relative_to(unpacked)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in unpacked.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert listed == found
    assert (unpacked / "LICENSE").read_bytes() == (CONNECTORS.parent / "LICENSE").read_bytes()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_program_finds_what_it_includes_there(unpacked: Path, platform: Platform) -> None:
    programs = sorted((unpacked / platform / "Experts").rglob("*.mq?"))
    assert [path.name for path in programs] == sorted(
        path.name for path in (CONNECTORS / platform.lower()).glob("*.mq?")
    )
    for path in programs:
        if path.stem == "MetafleetOnnx":
            with pytest.raises(NotCompiled, match=r"there is no file MetafleetModel\.mqh"):
                check(path, (unpacked / platform / "Include",))
        else:
            assert "hooks_of_ea" in check(path, (unpacked / platform / "Include",))
    other = "Terminal4.mqh" if platform == "MQL5" else "Terminal5.mqh"
    assert not (unpacked / platform / "Include" / "metafleet" / other).exists()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_presets_set_every_input_and_differ_in_what_may_be_done(unpacked: Path, platform: Platform) -> None:
    encoding = "utf-16" if platform == "MQL5" else "ascii"
    ending = platform[-1]
    program = (CONNECTORS / platform.lower() / f"MetafleetConnector.mq{ending}").read_text()
    found = {}
    for path in (unpacked / platform / "Presets").glob("*.set"):
        lines = path.read_bytes().decode(encoding).split("\r\n")
        found[path.stem] = dict(line.split("=", 1) for line in lines if "=" in line)
    yes, no = ("true", "false") if platform == "MQL5" else ("1", "0")
    assert {name: one["InpMayTrade"] for name, one in found.items()} == {
        "MetafleetConnector - report only": no,
        "MetafleetConnector - report and obey": yes,
    }
    names = re.findall(r"^input \w+ (Inp\w+) =", program, re.MULTILINE)
    assert all(list(one) == names for one in found.values())
    assert {one["InpPairingCode"] for one in found.values()} == {""}


def test_a_preset_of_an_input_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        preset("input bool InpMayTrade = false;", {"InpMayTrde": "true"}, "MQL5")


def test_the_version_is_the_same_everywhere() -> None:
    major, minor, _ = version().split(".")
    for path in sorted(CONNECTORS.glob("mql?/*.mq?")):
        assert f'#property version   "{major}.{minor}0"' in path.read_text(), path.name
    assert version() in files()["README.txt"].decode()
    assert inputs_of('input string InpAddress = "https://a.b"; // Address') == {"InpAddress": "https://a.b"}


def test_the_hub_serves_it_where_the_screen_links_to(tmp_path: Path, settings: Any) -> None:
    root = CONNECTORS.parent
    steps = (root / "frontend/src/components/terminal/pairing-steps.tsx").read_text()
    links = re.findall(r"'(/downloads/[^']+)'", steps)
    [name] = re.findall(r"downloads --name (\S+)", (root / "Makefile").read_text())
    assert links == [f"/downloads/{name}", "/downloads/SHA256SUMS"]
    main([str(tmp_path / "downloads"), "--name", name])
    settings.WHITENOISE_ROOT = tmp_path
    served = [Client().get(link) for link in links]
    package, sums = (b"".join(answer.streaming_content) for answer in served)  # type: ignore[attr-defined]
    assert package == zipped()
    assert sums.decode() == f"{hashlib.sha256(package).hexdigest()}  {name}\n"
    assert served[0]["Content-Type"] == "application/zip"
