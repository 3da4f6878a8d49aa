"""What was typed after `metafleet run SCRIPT` becomes a rehearsal, in a Python of its own."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, Literal, NoReturn

import msgspec

from metafleet.cli.refusal import Refused
from metafleet.engine.broker.dealing import DEALINGS, DealingName
from metafleet.engine.mt5.configuration import SERVER_VARIABLE, Configuration, ConfigurationRefused
from metafleet.engine.mt5.remote import remote_of
from metafleet.engine.rehearsal.request import Rehearsal

FEWEST_TICKS: Final = 4
"""Open, high, low and close."""

MOST_TICKS: Final = 600

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_LARGEST_LEVERAGE: Final = 5_000
_LARGEST_DEPOSIT: Final = Decimal(10**12)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The options as they were typed."""

    data: str
    symbols: str
    deposit: str
    currency: str
    leverage: int
    mode: str
    dealing: str
    speed: str
    ticks: str
    server_time: str
    begin: str
    end: str
    seed: int
    report: str
    json: str


def is_script(word: str) -> bool:
    """Say whether the word after `run` is a program of the user's and none of the product's."""
    return word.endswith(".py") or os.sep in word or Path(word).is_file()


def rehearse(script: str, arguments: Sequence[str], typed: Typed, environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by the program's. Raises Refused for what cannot be."""
    if not Path(script).is_file():
        raise Refused(f"there is no script {script}.")
    work = read_rehearsal(script, arguments, typed)
    environ = dict(environ)
    if work.speed is None:
        # The same seed is to give the same run, for programs that go through sets of words too.
        environ.setdefault("PYTHONHASHSEED", "0")
    # -P: the program's folder takes the first place in its path, nobody else's.
    command = [sys.executable, "-P", "-m", "metafleet.cli.rehearsal", msgspec.json.encode(work).decode()]
    sys.stdout.flush()
    os.execve(command[0], command, environ)  # noqa: S606 -- this Python


def attach(
    script: str, arguments: Sequence[str], server: str, typed: Typed, environ: Mapping[str, str]
) -> NoReturn:
    """Replace this process by the program's, on a server that stays. Raises Refused for what cannot be."""
    if not Path(script).is_file():
        raise Refused(f"there is no script {script}.")
    if typed.begin or typed.end or typed.report or typed.json or typed.speed != "1":
        raise Refused(
            "--server has a market and a clock of its own: no --from, --to, --speed, --report, --json."
        )
    try:
        remote_of(Configuration(server=server), None)
    except ConfigurationRefused as error:
        raise Refused(f"{error}.") from error
    command = [sys.executable, "-P", "-m", "metafleet.cli.rehearsal.attached", script, *arguments]
    sys.stdout.flush()
    os.execve(command[0], command, {**environ, SERVER_VARIABLE: server})  # noqa: S606 -- this Python


def read_rehearsal(script: str, arguments: Sequence[str], typed: Typed) -> Rehearsal:
    """Return what was asked for. Raises Refused with what is wrong."""
    begin_s, end_s = read_moment("--from", typed.begin), read_moment("--to", typed.end)
    if begin_s is not None and end_s is not None and begin_s >= end_s:
        raise Refused(f"--from {typed.begin} must come before --to {typed.end}.")
    read_currency(typed.currency)
    read_leverage(typed.leverage)
    for option, name in (("--report", typed.report), ("--json", typed.json)):
        if name and not Path(name).absolute().parent.is_dir():
            raise Refused(f"{option}: there is no folder {Path(name).absolute().parent}.")
    return Rehearsal(
        script=script,
        arguments=list(arguments),
        data=typed.data,
        symbols=[name for name in re.split(r"[,\s]+", typed.symbols) if name],
        deposit=read_deposit(typed.deposit),
        currency=typed.currency,
        leverage=typed.leverage,
        mode=_mode(typed.mode),
        dealing=_dealing(typed.dealing),
        speed=_speed(typed.speed),
        ticks=_ticks(typed.ticks),
        server_time=typed.server_time,
        begin_s=begin_s,
        end_s=end_s,
        seed=typed.seed,
        report=str(Path(typed.report).absolute()) if typed.report else None,
        json=str(Path(typed.json).absolute()) if typed.json else None,
    )


def _ticks(text: str) -> int | None:
    if text == "real":
        return None
    ticks = int(text) if text.isdecimal() else 0
    if not FEWEST_TICKS <= ticks <= MOST_TICKS:
        raise Refused(f"--ticks must be real or from {FEWEST_TICKS} to {MOST_TICKS}, not {text!r}.")
    return ticks


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1 <= speed <= 1_000:
        raise Refused(f"--speed must be max or a number from 1 to 1000, not {text!r}.")
    return speed


def _dealing(text: str) -> DealingName:
    for name in DEALINGS:
        if text == name:
            return name
    raise Refused(f"--dealing must be {', '.join(DEALINGS)}, not {text!r}.")


def _mode(text: str) -> Literal["hedging", "netting"]:
    if text not in ("hedging", "netting"):
        raise Refused(f"--mode must be hedging or netting, not {text!r}.")
    return "hedging" if text == "hedging" else "netting"


def read_currency(text: str) -> None:
    """Raise Refused for what is no currency."""
    if not _CURRENCY.fullmatch(text):
        raise Refused(f"--currency must be three capital letters, as USD, not {text!r}.")


def read_leverage(leverage: int) -> None:
    """Raise Refused for a leverage that no account has."""
    if not 1 <= leverage <= _LARGEST_LEVERAGE:
        raise Refused(f"--leverage must be from 1 to {_LARGEST_LEVERAGE}, not {leverage}.")


def read_deposit(text: str) -> str:
    """Return a deposit as it is. Raises Refused."""
    try:
        deposit = Decimal(text)
    except InvalidOperation:
        deposit = Decimal(0)
    if not deposit.is_finite() or not 0 < deposit <= _LARGEST_DEPOSIT or deposit != round(deposit, 2):
        raise Refused(f"--deposit must be an amount of money with at most two places, not {text!r}.")
    return str(deposit)


def read_moment(option: str, text: str) -> int | None:
    """Return a date as Unix seconds, None for none. Raises Refused."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{option} must be a date as 2024-03-01 or 2024-03-01T14:30, not {text!r}.") from None
    if at.tzinfo is not None:
        raise Refused(f"{option} is in UTC and names no time zone: {text!r}.")
    return int(at.replace(tzinfo=UTC).timestamp())
