"""What a password's hash costs, and how many are made at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from metafleet.hub.identity.passwords import AT_ONCE


def test_a_hash_takes_19_mib() -> None:
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
