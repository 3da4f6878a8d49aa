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


@pytest.fixture
def built(tmp_path: Path, settings: Any) -> str:
    """The app as `make` builds it, with the package beside it; return the package's name there."""
    [name] = re.findall(r"downloads --name (\S+)", (CONNECTORS.parent / "Makefile").read_text())
    main([str(tmp_path / "downloads"), "--name", name])
    settings.WHITENOISE_ROOT = settings.APP_DIR = tmp_path
    settings.GATEWAY_URL = "https://gateway.fleet.example.org:8443"
    return str(name)


def served(path: str) -> tuple[bytes, str]:
    answer: Any = Client().get(path)
    assert answer.status_code == 200, path
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body, answer["Content-Type"]


def test_the_hub_serves_it_where_the_screen_links_to(built: str) -> None:
    root = CONNECTORS.parent
    steps = (root / "frontend/src/components/terminal/pairing-steps.tsx").read_text()
    links = re.findall(r"'(/downloads/[^']+)'", steps)
    assert links == [f"/downloads/own/{built}", "/downloads/own/SHA256SUMS"]
    (package, kind), (sums, _) = (served(link) for link in links)
    assert kind == "application/zip"
    assert sums.decode() == f"{hashlib.sha256(package).hexdigest()}  {built}\n"
    with zipfile.ZipFile(io.BytesIO(package)) as own:
        found = {one.partition("/")[2]: own.read(one) for one in own.namelist()}
        assert {one.date_time for one in own.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    made = files()
    assert list(found) == sorted(made)
    different = {name for name in made if found[name] != made[name]}
    presets = {name for name in made if name.endswith(".set")}
    assert different == presets | {"SHA256SUMS"}
    for name in presets:
        encoding = "utf-16" if name.startswith("MQL5") else "ascii"
        before, after = (one[name].decode(encoding).splitlines() for one in (made, found))
        changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        assert [new for _, new in changed] == ["InpAddress=https://gateway.fleet.example.org:8443"]
    listed = dict(line.split("  ", 1)[::-1] for line in found["SHA256SUMS"].decode().splitlines())
    assert listed == {
        name: hashlib.sha256(one).hexdigest() for name, one in found.items() if name != "SHA256SUMS"
    }


def test_the_package_of_the_release_is_served_as_it_was_built(built: str) -> None:
    assert served(f"/downloads/{built}") == (zipped(), "application/zip")
    assert served("/downloads/SHA256SUMS")[0].decode() == f"{hashlib.sha256(zipped()).hexdigest()}  {built}\n"


def test_an_address_that_no_preset_can_hold_is_left_out(built: str, settings: Any) -> None:
    settings.GATEWAY_URL = "https://fl\u00f6tte.example.org"
    assert served(f"/downloads/own/{built}")[0] == zipped()


def test_what_is_not_built_or_not_read_is_refused(built: str, settings: Any, tmp_path: Path) -> None:
    assert Client().post(f"/downloads/own/{built}").status_code in {403, 405}
    settings.APP_DIR = tmp_path / "nowhere"
    answer = Client().get(f"/downloads/own/{built}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
