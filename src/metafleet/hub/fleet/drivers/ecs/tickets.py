"""The way of a one-start ticket: a parameter of Parameter Store, encrypted, read once by the runner.

Its name is on the task's command line and tells nothing: it ends in a digest of the token, so that it
cannot be guessed either. Reading it takes the tasks' role, which may not list names. So neither who
sees the command line, nor another EA's task, which has the same role, gets at the ticket.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final

from metafleet.hub.fleet.drivers.contract import RuntimeSpec

_MOST_AT_ONCE: Final = 10
"""Of DeleteParameters. Source: AWS Systems Manager API reference."""


def put(ssm: Any, folder: str, spec: RuntimeSpec) -> str:
    """Lay the ticket of this start and return its name."""
    token = spec.assignment_token.reveal()
    name = f"{folder}/{sha256(token.encode()).hexdigest()[:40]}"
    ticket = {"gatewayUrl": spec.gateway_url, "assignmentToken": token}
    ssm.put_parameter(Name=name, Value=json.dumps(ticket), Type="SecureString", Overwrite=True)
    return name


def withdraw(ssm: Any, name: str) -> None:
    """Take a ticket back; one that was taken is gone already."""
    with suppress(ssm.exceptions.ParameterNotFound):
        ssm.delete_parameter(Name=name)


def sweep(ssm: Any, folder: str) -> None:
    """Delete what no runner of this instance has taken."""
    found = ssm.get_parameters_by_path(Path=folder, WithDecryption=False)["Parameters"]
    _delete(ssm, [parameter["Name"] for parameter in found])


def _delete(ssm: Any, names: Iterable[str]) -> None:
    left = list(names)
    while left:
        ssm.delete_parameters(Names=left[:_MOST_AT_ONCE])
        left = left[_MOST_AT_ONCE:]
