"""Passwords of accounts: slow to guess, quick to give again."""

from __future__ import annotations

from metafleet.engine.broker.passwords import Remembered, hash_password, password_fits


def test_only_the_password_that_fitted_is_remembered_and_only_for_its_account() -> None:
    kept, others = hash_password("correct-horse"), hash_password("correct-horse")
    assert password_fits("correct-horse", kept)
    remembered = Remembered()
    assert not remembered.knows("correct-horse", kept)
    remembered.add("correct-horse", kept)
    assert remembered.knows("correct-horse", kept)
    assert not remembered.knows("wrong-horse", kept)
    assert not remembered.knows("correct-horse", others)


def test_a_password_that_is_changed_is_forgotten() -> None:
    remembered = Remembered()
    remembered.add("correct-horse", hash_password("correct-horse"))
    assert not remembered.knows("correct-horse", hash_password("battery-staple"))
