"""Passwords of tests: hashed as the product does it, at a thousandth of its cost."""

from metafleet.hub.identity.passwords import BoundedArgon2Hasher


class CheapHasher(BoundedArgon2Hasher):
    """Nobody guesses the cast's passwords, which are in the sources; each of thousands of tests signs up."""

    memory_cost = 8
    time_cost = 1
