"""Words that whoever guesses at this platform's doors tries first."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import ValidationError

WORDS: Final = (
    *("metafleet", "metatrader", "mt4", "mt5", "expert", "advisor", "trading", "trader", "trade", "forex"),
    *("broker", "account", "journal", "operator", "owner", "admin", "password", "passphrase", "login"),
    *("welcome", "letmein", "secret", "qwertz", "qwerty", "demo", "gold", "bronze", "platinum"),
)
"""Of docs/guides/sign-in.md."""
LEFT: Final = 8
"""Letters that a password must have beside them."""
_WORDS: Final = re.compile("|".join(sorted(WORDS, key=len, reverse=True)))


class OwnWordsValidator:
    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002 - Django's signature
        text = password.casefold()
        left = _WORDS.sub("", text)
        if left != text and sum(character.isalpha() for character in left) < LEFT:
            raise ValidationError(
                "This password is made of words that are tried first here. Use others beside them.",
                code="password_own_words",
            )

    def get_help_text(self) -> str:
        return "Your password must not be made of words of this platform."
