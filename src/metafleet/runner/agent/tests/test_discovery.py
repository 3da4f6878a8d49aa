"""Terminals that are found by their files, in a made-up folder tree of a Windows machine."""

from __future__ import annotations

from pathlib import Path

from metafleet.runner.agent.discovery import Found, look, terminals

ICM, FTMO = r"C:\Program Files\ICM MT5", r"D:\Brokers\FTMO"


def test_each_program_is_found_once_with_its_data() -> None:
    data = r"C:\Users\me\AppData\Roaming\MetaQuotes\Terminal"
    origins = {rf"{data}\AAAA": ICM, rf"{data}\BBBB": FTMO.upper(), rf"{data}\CCCC": r"C:\Gone"}
    assert terminals(origins, [ICM, FTMO, r"C:\Portable\MT5"]) == [
        Found(r"C:\Portable\MT5\terminal64.exe", r"C:\Portable\MT5"),
        Found(rf"{ICM}\terminal64.exe", rf"{data}\AAAA"),
        Found(rf"{FTMO}\terminal64.exe", rf"{data}\BBBB"),
    ]


def test_a_folder_tree_is_looked_through(tmp_path: Path) -> None:
    appdata, programs = tmp_path / "Roaming", tmp_path / "Program Files"
    for name in ("MetaTrader 5", "Second MT5", "Notepad"):
        (programs / name).mkdir(parents=True)
    for name in ("MetaTrader 5", "Second MT5"):
        (programs / name / "terminal64.exe").touch()
    data = appdata / "MetaQuotes" / "Terminal"
    own(data / "D0E8", str(programs / "MetaTrader 5"))
    own(data / "OLD4", str(programs / "Second MT5"), mql="MQL4")
    own(data / "GONE", str(programs / "Uninstalled"))
    (data / "Common").mkdir()
    assert look(appdata, [programs, tmp_path / "nowhere"]) == [
        Found(str(programs / "MetaTrader 5" / "terminal64.exe"), str(data / "D0E8")),
        Found(str(programs / "Second MT5" / "terminal64.exe"), str(programs / "Second MT5")),
    ]


def test_a_program_elsewhere_is_found_by_its_data_folder(tmp_path: Path) -> None:
    (tmp_path / "E" / "mt").mkdir(parents=True)
    (tmp_path / "E" / "mt" / "terminal64.exe").touch()
    own(tmp_path / "MetaQuotes" / "Terminal" / "F00D", str(tmp_path / "E" / "mt"))
    (found,) = look(tmp_path, [])
    assert found.program.endswith("terminal64.exe")
    assert found.data.endswith("F00D")


def own(data: Path, origin: str, mql: str = "MQL5") -> None:
    """A data folder as a terminal leaves it."""
    (data / mql).mkdir(parents=True)
    (data / "origin.txt").write_bytes(origin.encode("utf-16"))
