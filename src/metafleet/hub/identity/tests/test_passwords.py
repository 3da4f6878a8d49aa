"""What a password's hash costs, and how many are made at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from metafleet.hub.identity.own_words import WORDS
from metafleet.hub.identity.passwords import AT_ONCE


def test_a_hash_takes_19_mib(settings: Any) -> None:
    settings.PASSWORD_HASHERS = import_module("metafleet.hub.config.settings").PASSWORD_HASHERS
    made = make_password("correct horse")
    assert made.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("correct horse", made)
    assert not check_password("wrong horse", made)


def test_hashes_beyond_four_at_once_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, together, running, most = Lock(), Barrier(AT_ONCE), 0, 0

    def hash_slowly(self: Any, password: str, encoded: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(timeout=10)
        with lock:
            running -= 1
        return True

    made = make_password("correct horse")
    monkeypatch.setattr(Argon2PasswordHasher, "verify", hash_slowly)
    with ThreadPoolExecutor(3 * AT_ONCE) as threads:
        assert all(threads.map(lambda _: check_password("correct horse", made), range(3 * AT_ONCE)))
    assert most == AT_ONCE


def test_what_is_common_elsewhere_or_here_is_no_password() -> None:
    common = [word for word in CommonPasswordValidator().passwords if len(word) >= 15]
    assert common
    for password in (*common, "metafleet-metafleet", "MetaTrader5Password!", "Gold.Trader.2026.Forex"):
        with pytest.raises(ValidationError):
            validate_password(password)


def test_any_composition_will_do_beside_our_words() -> None:
    for password in (
        "correct horse battery staple",
        "my broker eats porridge",
        "1234567890 98765",
        "日本語" * 5,
    ):
        validate_password(password)


def test_the_words_are_in_the_manual() -> None:
    guide = (Path(__file__).resolve().parents[5] / "docs/guides/sign-in.md").read_text()
    assert ", ".join(sorted(WORDS)) in " ".join(guide.split())
