"""The log follower on files as MetaTrader writes them."""

from __future__ import annotations

import codecs
from pathlib import Path

from metafleet.runner.agent.logs import KEPT, RECENT, LogFollower

FINE = "CS\t0\t10:00:00.123\tNetwork\t'5123456': connected to Broker\r\n"
BAD = "PJ\t2\t10:00:01.456\tTrades\t'5123456': failed buy 0.1 EURUSD [Not enough money] Ü\r\n"


def write(file: Path, text: str) -> None:
    if not file.exists():
        file.write_bytes(codecs.BOM_UTF16_LE)
    with file.open("ab") as open_file:
        open_file.write(text.encode("utf-16-le"))


def test_error_lines_are_told_once_with_their_time_and_words(tmp_path: Path) -> None:
    write(tmp_path / "20261129.log", FINE + BAD + FINE)
    follower = LogFollower()
    (error,) = follower.look([str(tmp_path)])
    assert (error.file, error.at) == ("20261129.log", "10:00:01.456")
    assert error.text == "Trades: '5123456': failed buy 0.1 EURUSD [Not enough money] Ü"
    assert follower.look([str(tmp_path)]) == []
    write(tmp_path / "20261129.log", BAD)
    assert len(follower.look([str(tmp_path)])) == 1
    assert follower.errors == 2


def test_a_line_that_is_being_written_waits_for_its_rest(tmp_path: Path) -> None:
    raw = BAD.encode("utf-16-le")
    for cut in range(1, len(raw)):
        file = tmp_path / "20261129.log"
        file.write_bytes(codecs.BOM_UTF16_LE + raw[:cut])
        follower = LogFollower()
        assert follower.look([str(tmp_path)]) == []
        file.write_bytes(codecs.BOM_UTF16_LE + raw)
        assert len(follower.look([str(tmp_path)])) == 1


def test_at_midnight_the_rest_of_the_old_day_is_read_and_the_count_begins_anew(tmp_path: Path) -> None:
    write(tmp_path / "20261129.log", BAD)
    follower = LogFollower()
    follower.look([str(tmp_path)])
    write(tmp_path / "20261129.log", BAD)
    write(tmp_path / "20261130.log", FINE + BAD)
    write(tmp_path / "20261201.log", BAD + BAD)
    assert [error.file for error in follower.look([str(tmp_path)])] == [
        "20261129.log",
        "20261130.log",
        *["20261201.log"] * 2,
    ]
    assert follower.errors == 2
    write(tmp_path / "20261129.log", BAD)
    assert follower.look([str(tmp_path)]) == []


def test_older_files_and_other_names_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "20261128.log", BAD)
    write(tmp_path / "hosting.log", BAD)
    write(tmp_path / "20261129.log", FINE)
    assert LogFollower().look([str(tmp_path), str(tmp_path / "nowhere")]) == []


def test_the_terminals_log_and_the_eas_log_are_followed_side_by_side(tmp_path: Path) -> None:
    for folder in ("logs", "Logs of EAs"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "20261129.log", BAD)
    follower = LogFollower()
    assert len(follower.look([str(tmp_path / "logs"), str(tmp_path / "Logs of EAs")])) == 2
    assert follower.errors == 2


def test_an_old_builds_single_byte_file_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "20261129.log").write_bytes(BAD.encode("cp1252"))
    (error,) = LogFollower().look([str(tmp_path)])
    assert error.text.endswith("Ü")


def test_a_file_that_was_cut_off_is_read_from_its_beginning(tmp_path: Path) -> None:
    write(tmp_path / "20261129.log", BAD * 3)
    follower = LogFollower()
    follower.look([str(tmp_path)])
    (tmp_path / "20261129.log").write_bytes(codecs.BOM_UTF16_LE + BAD.encode("utf-16-le"))
    assert len(follower.look([str(tmp_path)])) == 1


def test_only_the_newest_lines_are_kept(tmp_path: Path) -> None:
    write(tmp_path / "20261129.log", "".join(BAD.replace("0.1", str(number)) for number in range(KEPT + 5)))
    follower = LogFollower()
    follower.look([str(tmp_path)])
    assert len(follower.last) == KEPT
    assert f"buy {KEPT + 4} " in follower.last[-1].text
    assert follower.errors == KEPT + 5


LOADED = "CS\t0\t09:00:00.000\tExperts\texpert {} (EURUSD,H1) loaded successfully\r\n"
REMOVED = "CS\t0\t09:30:00.000\tExperts\texpert {} (EURUSD,H1) removed\r\n"
STARTED = "CS\t0\t08:00:00.000\tTerminal\tMetaTrader 5 x64 build 4410 started for MetaQuotes Ltd.\r\n"


def test_lines_of_all_kinds_are_kept_the_newest_last(tmp_path: Path) -> None:
    write(tmp_path / "20261129.log", FINE * RECENT + BAD)
    follower = LogFollower()
    follower.look([str(tmp_path)])
    assert len(follower.recent) == RECENT
    assert [line.is_error for line in follower.recent][-2:] == [False, True]
    assert follower.recent[0].text == "Network: '5123456': connected to Broker"


def test_the_journal_tells_which_eas_are_loaded(tmp_path: Path) -> None:
    write(tmp_path / "20261120.log", LOADED.format("Old one") + STARTED + LOADED.format("Weekly"))
    write(
        tmp_path / "20261129.log", LOADED.format("Grid (v2)") + LOADED.format("Gone") + REMOVED.format("Gone")
    )
    follower = LogFollower()
    follower.look([str(tmp_path)])
    assert follower.experts.names() == ["Grid (v2) (EURUSD,H1)", "Weekly (EURUSD,H1)"]
    write(tmp_path / "20261129.log", STARTED)
    follower.look([str(tmp_path)])
    assert follower.experts.names() == []


def test_what_an_ea_prints_loads_no_ea(tmp_path: Path) -> None:
    said = "CS\t0\t09:00:00.000\tGrid (EURUSD,H1)\texpert Fake (EURUSD,H1) loaded successfully\r\n"
    write(tmp_path / "20261129.log", said)
    follower = LogFollower()
    follower.look([str(tmp_path)])
    assert follower.experts.names() == []
