"""The settings file: what is wrong in it is named with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from metafleet.runner.agent import settings

GOOD = """
hub = "https://hub.example.com"
[[terminals]]
name = "one"
source = "mt5"
path = 'C:\\MT5\\terminal64.exe'
pairing_code = "ABCD-EFGH"
"""


def read(folder: Path, text: str) -> settings.AgentSettings:
    (folder / "agent.toml").write_text(text, encoding="utf-8")
    return settings.read(folder / "agent.toml")


def test_a_good_file_has_its_state_beside_it(tmp_path: Path) -> None:
    said = read(tmp_path, GOOD)
    assert said.folder_of("one") == tmp_path / "metafleet-agent" / "one"
    assert said.terminals[0].restart == "never"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("https://", ""), "hub: expected an address"),
        (('"mt5"', '"mt6"'), "mt6"),
        (("path =", "#"), "terminals.one.path: say where"),
        (("path =", "paht ="), "paht"),
        (('"one"', '"../one"'), "terminals.name: expected letters"),
        (("pairing_code", "restarts_per_hour = 0\npairing_code"), "restarts_per_hour: expected 1 to 60"),
        (('"mt5"', '"paper"'), "a paper terminal needs address"),
        (("[[terminals]]", "[[terminals"), "agent.toml"),
        (("[[terminals]]", GOOD.partition('com"\n')[2] + "[[terminals]]"), "'one' is there twice"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(settings.SettingsRefused) as refused:
        read(tmp_path, GOOD.replace(*change, 1))
    assert words in str(refused.value)


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsRefused, match="cannot be read"):
        settings.read(tmp_path / "nothing.toml")


def test_a_password_is_not_shown() -> None:
    terminal = settings.TerminalSettings(name="one", source="paper", pairing_code="CODE", password="secret-9")
    assert "secret-9" not in repr(terminal)
    assert "CODE" not in repr(terminal)
