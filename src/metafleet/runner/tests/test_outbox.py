"""The outbox keeps what it was given through every kind of bad luck."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from metafleet.runner import outbox as outbox_module
from metafleet.runner.outbox import Outbox

WRITER = """
import sys
from pathlib import Path
from metafleet.runner.outbox import Outbox
box = Outbox(Path(sys.argv[1]))
for number in range(100_000):
    entry = box.append("trades", b'[{"ticket": %d}]' % number)
    print(number, flush=True)
    if number % 3 == 0:
        box.drop([entry.id])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.log"


def bodies(box: Outbox) -> list[bytes]:
    return [bytes(entry.body) for entry in box.pending()]


def test_what_was_appended_is_there_after_a_restart(path: Path) -> None:
    box = Outbox(path)
    box.append("trades", b'[{"ticket":1}]')
    box.append("result", b'{"command_id":"c"}')
    box.close()
    again = Outbox(path)
    assert [(entry.id, entry.kind) for entry in again.pending()] == [(1, "trades"), (2, "result")]
    assert bodies(again) == [b'[{"ticket":1}]', b'{"command_id":"c"}']


def test_what_was_dropped_does_not_come_back(path: Path) -> None:
    box = Outbox(path)
    first, second = box.append("trades", b"[1]"), box.append("trades", b"[2]")
    box.drop([first.id])
    box.close()
    again = Outbox(path)
    assert bodies(again) == [b"[2]"]
    assert again.append("trades", b"[3]").id == second.id + 1


@pytest.mark.parametrize("torn", [b"0", b"1234abcd {", b'00000000 {"entry"', b"\x00\x00"])
def test_a_torn_last_line_is_cut_off(path: Path, torn: bytes) -> None:
    box = Outbox(path)
    box.append("trades", b"[1]")
    box.close()
    with path.open("ab") as file:
        file.write(torn)
    again = Outbox(path)
    again.append("trades", b"[2]")
    again.close()
    assert bodies(Outbox(path)) == [b"[1]", b"[2]"]


def test_every_truncation_of_the_file_opens_and_keeps_its_whole_lines(path: Path) -> None:
    box = Outbox(path)
    for number in range(3):
        box.append("trades", b"[%d]" % number)
    box.close()
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        cut = Outbox(path)
        assert bodies(cut) == [b"[%d]" % number for number in range(whole[:length].count(b"\n"))]
        cut.close()


def test_a_garbled_line_is_set_aside_and_spoils_no_other(path: Path) -> None:
    box = Outbox(path)
    for number in range(3):
        box.append("trades", b"[%d]" % number)
    box.close()
    path.write_bytes(path.read_bytes().replace(b"[1]", b"[9]"))
    assert bodies(Outbox(path)) == [b"[0]", b"[2]"]
    rejected = json.loads(path.with_suffix(".rejected.jsonl").read_text())
    assert rejected["reason"] == "garbled in the outbox file"


def test_set_aside_keeps_the_body_with_its_reason(path: Path) -> None:
    box = Outbox(path)
    box.set_aside(box.append("trades", b'[{"ticket":7}]'), "400: volume is negative")
    assert box.pending() == []
    rejected = json.loads(path.with_suffix(".rejected.jsonl").read_text())
    assert rejected == {"reason": "400: volume is negative", "kind": "trades", "body": [{"ticket": 7}]}


def test_the_file_is_compacted_and_keeps_what_is_pending(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "COMPACT_ABOVE_BYTES", 2000)
    box = Outbox(path)
    kept = box.append("result", b'{"kept":true}')
    for _ in range(200):
        box.drop([box.append("trades", b"[1,2,3]").id])
    assert path.stat().st_size < 2200
    box.append("trades", b"[4]")
    box.close()
    again = Outbox(path)
    assert bodies(again) == [b'{"kept":true}', b"[4]"]
    assert again.pending()[0].id == kept.id


def test_a_write_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Outbox(path)
    box.append("trades", b"[1]")

    def half_write(fd: int, data: bytes) -> None:
        os.write(fd, data[:10])
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(outbox_module, "_write_whole", half_write)
        with pytest.raises(OSError, match="no space"):
            box.append("trades", b"[2]")
    box.append("trades", b"[3]")
    box.close()
    assert bodies(Outbox(path)) == [b"[1]", b"[3]"]


def test_the_file_is_private(path: Path) -> None:
    Outbox(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_kill_9_in_the_middle_of_writing_loses_nothing_acknowledged(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert writer.stdout is not None
    told = [int(next(writer.stdout)) for _ in range(200)]
    os.kill(writer.pid, signal.SIGKILL)
    told += [int(line) for line in writer.stdout if line.endswith("\n")]
    writer.stdout.close()
    writer.wait()
    kept = {json.loads(body)[0]["ticket"] for body in bodies(Outbox(path))}
    assert {number for number in told if number % 3} <= kept
