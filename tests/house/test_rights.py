"""Every address of the API says which right it asks for."""

from __future__ import annotations

from collections.abc import Iterator

from ninja.operation import Operation
from ninja.security.base import AuthBase

from metafleet.hub.console.api.root import api
from metafleet.hub.identity.rights import MEANINGS, Right


def operations() -> Iterator[tuple[str, Operation]]:
    """Every operation that is served, also what the document leaves out."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{operation.methods[0]} {path}", operation


def test_every_operation_declares_its_right() -> None:
    served = dict(operations())
    assert len(served) > 130
    silent = [name for name, one in served.items() if "x-right" not in (one.openapi_extra or {})]
    assert not silent, f"say with @needs(Right…) what they ask for: {silent}"


def test_only_what_is_open_lets_in_without_a_right() -> None:
    for name, one in operations():
        guarded = any(isinstance(guard, AuthBase) for guard in one.auth_callbacks)
        assert guarded == (one.openapi_extra["x-right"] != Right.OPEN), name  # type: ignore[index]


def test_every_right_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Right)
