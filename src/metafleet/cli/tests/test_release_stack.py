"""The files of the compose stack that a release reads and writes; what runs is in tests/flows."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from metafleet.cli.releases.stack import ENV, UPSTREAMS, Stack
from metafleet.cli.releases.target import ReleaseFailed

WRITTEN = "# kept\nMETAFLEET_BLUE_IMAGE=app:1\nCOMPOSE_PROFILES=blue,grafana\n"


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    (tmp_path / ENV).write_text(WRITTEN)
    (tmp_path / ENV).chmod(0o600)
    (tmp_path / UPSTREAMS).parent.mkdir(parents=True)
    (tmp_path / UPSTREAMS).write_text(
        "(active_web) {\n\tto web-blue:8000\n}\n(active_gateway) {\n\tto gateway-blue:8001\n}\n"
    )
    return Stack(tmp_path, ("compose.yml",), None, ["docker"], ["false"])


def test_a_setting_is_changed_where_it_stands_and_nothing_else(stack: Stack) -> None:
    stack.write_settings({"METAFLEET_BLUE_IMAGE": r"app@sha256:\1", "METAFLEET_GREEN_IMAGE": "app:2"})
    assert stack.setting("METAFLEET_BLUE_IMAGE") == r"app@sha256:\1"
    assert stack.setting("METAFLEET_GREEN_IMAGE") == "app:2"
    text = (stack.folder / ENV).read_text()
    assert text.startswith("# kept\n")
    assert text.count("COMPOSE_PROFILES=blue,grafana") == 1
    assert stat.S_IMODE((stack.folder / ENV).stat().st_mode) == 0o600


def test_the_active_colour_is_what_the_proxy_leads_to(stack: Stack) -> None:
    assert stack.active() == "blue"


@pytest.mark.parametrize("text", ["", "to web-blue:8000 to gateway-green:8001", "to web-red:8000"])
def test_a_proxy_that_leads_to_no_one_colour_is_refused(stack: Stack, text: str) -> None:
    (stack.folder / UPSTREAMS).write_text(text)
    with pytest.raises(ReleaseFailed, match="does not name web and gateway of one colour"):
        stack.active()


def test_a_folder_that_init_never_saw_is_said(stack: Stack) -> None:
    (stack.folder / ENV).unlink()
    (stack.folder / UPSTREAMS).unlink()
    for ask in (stack.active, lambda: stack.setting("METAFLEET_BLUE_IMAGE")):
        with pytest.raises(ReleaseFailed, match=r"run init\.sh first"):
            ask()


def test_a_command_that_fails_says_which_it_was(stack: Stack) -> None:
    with pytest.raises(ReleaseFailed, match="`stop web-blue` failed"):
        stack.stop(["web-blue"])
    assert (stack.folder / ENV).read_text() == WRITTEN
