"""What the command says when it cannot do what it was asked."""


class Refused(Exception):
    """A start that cannot go on, in one sentence for a person: what is wrong and what to do."""
