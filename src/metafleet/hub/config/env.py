"""Typed readers of the environment that fail loudly.

Every secret may also come from a file or from AWS Secrets Manager (`wire.secret_setting`).
"""

from __future__ import annotations

import ipaddress
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from metafleet.wire import secret_setting

Choice = TypeVar("Choice", bound=str)


class SettingRefused(SystemExit):
    """A setting has a value that cannot be used; the message names it and the way out."""

    def __init__(self, name: str, expected: str, found: str) -> None:
        super().__init__(f"{name} must be {expected}, but is {found!r}.")


def text(name: str, default: str) -> str:
    return os.environ.get(name) or default


def word(name: str, default: str) -> str:
    """Return a short name that goes into other names, as a network's."""
    raw = os.environ.get(name) or default
    if not re.fullmatch(r"[a-z0-9]{1,12}", raw):
        raise SettingRefused(name, "a word of up to 12 lower-case letters and digits", raw)
    return raw


def one_of(name: str, *choices: Choice) -> Choice:
    """Return the chosen word; the first one is the default."""
    raw = os.environ.get(name)
    for choice in choices:
        if raw == choice:
            return choice
    if raw:
        raise SettingRefused(name, " or ".join(choices), raw)
    return choices[0]


def whole(name: str, default: int, *, low: int, high: int) -> int:
    raw = os.environ.get(name)
    if not raw:
        return default
    if not raw.isdecimal() or not low <= int(raw) <= high:
        raise SettingRefused(name, f"a whole number from {low} to {high}", raw)
    return int(raw)


def amount(name: str, default: str) -> Decimal:
    """Return an amount of money, zero or more."""
    raw = os.environ.get(name) or default
    if not re.fullmatch(r"\d{1,9}(\.\d{1,5})?", raw):
        raise SettingRefused(name, "an amount like 0.25", raw)
    return Decimal(raw)


def share(name: str, default: str) -> float:
    """Return a share of a whole, from 0 to 1."""
    raw = os.environ.get(name) or default
    if not re.fullmatch(r"0|1|1\.0|0\.\d{1,6}", raw):
        raise SettingRefused(name, "a share from 0 to 1, like 0.1", raw)
    return float(raw)


def secret_pairs(name: str) -> dict[str, str]:
    """Return secrets by their names, from `name=value,name=value`; none by default.

    Raises SettingRefused, without the value.
    """
    pairs = [pair.partition("=") for pair in secret_or(name, "").split(",") if pair.strip()]
    if not all(key.strip() and equals and value.strip() for key, equals, value in pairs):
        raise SettingRefused(name, "pairs like api-key=secret with commas between", "••••••")
    return {key.strip(): value.strip() for key, _, value in pairs}


def pairs(name: str) -> dict[str, str]:
    """Return names by names, from `a=b c=d` with spaces between; none by default. Raises SettingRefused."""
    given = text(name, "")
    found = [word.partition("=") for word in given.split()]
    if not all(key and equals and value for key, equals, value in found):
        raise SettingRefused(name, "pairs with spaces between, like GOLD=XAUUSD EURUSD.x=EURUSD", given)
    return {key: value for key, _, value in found}


def networks(name: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Return the networks that are listed with spaces between; none by default."""
    given = text(name, "")
    try:
        return tuple(ipaddress.ip_network(word) for word in given.split())
    except ValueError as error:
        raise SettingRefused(name, "networks with spaces between, like 10.0.0.0/8 fd00::/8", given) from error


def flag(name: str, *, default: bool) -> bool:
    raw = os.environ.get(name)
    if not raw:
        return default
    if raw.lower() not in {"true", "false", "1", "0"}:
        raise SettingRefused(name, "true or false", raw)
    return raw.lower() in {"true", "1"}


def path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).absolute()


def secret_or(name: str, default: str) -> str:
    """Return a secret, or a URL that may hold a password, from where `wire.secret_setting` finds it.

    Raises SettingRefused.
    """
    try:
        return secret_setting.read(os.environ, name) or default
    except secret_setting.SecretUnreadable as error:
        raise SystemExit(str(error)) from None


def secret(name: str, default_file: Path) -> str:
    """Return the secret from where `wire.secret_setting` finds it, else from `default_file`.

    Raises SettingRefused when none of them holds one.
    """
    if value := secret_or(name, ""):
        return value
    if not default_file.is_file():
        expected = "set (`metafleet up` creates the file)"
        raise SettingRefused(f"{name}, {name}_FILE or {name}_AWS_SECRET", expected, str(default_file))
    return default_file.read_text(encoding="utf-8").strip()


def secret_if_any(name: str, default_file: Path) -> str:
    """Return the same, or "" where there is none."""
    is_there = secret_setting.is_given(os.environ, name) or default_file.is_file()
    return secret(name, default_file) if is_there else ""


def secret_but_no_file(name: str) -> str:
    """Return the secret of NAME or NAME_AWS_SECRET; "" where it is in a file, which is read at its use."""
    return "" if os.environ.get(f"{name}_FILE") and not os.environ.get(name) else secret_or(name, "")
