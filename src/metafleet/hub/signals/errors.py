"""Why the registry says no."""

from __future__ import annotations

from metafleet.hub.kernel.errors import Refused
from metafleet.hub.signals.models import ModelVersion, VersionState


class FileRefused(Refused):
    """What was given is no model that could be served; the text says what is wrong with it."""

    status = 400


class FileAway(Refused):
    """A version's file is in a store that does not give it; the text says why."""

    status = 503


class AlreadyRegistered(Refused):
    """This very file is a version already."""

    def __init__(self, version: ModelVersion) -> None:
        super().__init__(f"This very file is {version.model.name} version {version.number} already.")


class GateShut(Refused):
    """The card's own gate did not let the version through; its reason is said again."""

    def __init__(self, version: ModelVersion, verdict: str) -> None:
        super().__init__(
            f"{version.model.name} version {version.number} did not pass its gate, so it serves nobody: "
            f"{verdict}"
        )


class VersionWrongState(Refused):
    """The version is in a state in which this cannot be asked of it."""

    def __init__(self, version: ModelVersion, wanted: str) -> None:
        super().__init__(
            f"{version.model.name} version {version.number} is {VersionState(version.state).value}, and only "
            f"one that is {wanted} can be. Reload the page to see what may be done now."
        )


class NothingToRollBackTo(Refused):
    """No version of the model was its champion before."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No other version of {name} was its champion before. Retire this one instead.")


class NoVersion(Refused):
    """There is nothing to train anew."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no version yet, so nothing says how it is trained. Register one first.")


class RetrainingUnderWay(Refused):
    """The model is being trained again already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} waits for its training already, or is being trained. See how far it is.")
