"""`python -m metafleet.hub.console.rights_page` prints docs/reference/rights.md."""

from __future__ import annotations

import json
from collections.abc import Iterator

from metafleet.hub.console.openapi import document

_HEAD = """# Rights

Made by `make generate` from the table of rights (`identity.rights`) and the API's document, where each
operation says its right as `x-right`. It is looked at before the request's body and before any id.
"""
_KEYS = """
An API key has the rights of its scopes, as far as its maker has them; never *self*, *audit* or *operate*.
Support that a customer lets in has *read*, and *trade* and *deploy* if the customer says so.
"""


def page() -> str:
    described = json.loads(document())
    from metafleet.hub.identity.rights import MEANINGS, OF_PLATFORM_ROLE, OF_ROLE, Right

    roles: dict[str, frozenset[Right]] = {role.value: rights for role, rights in OF_ROLE.items()}
    roles |= {role.value: rights for role, rights in OF_PLATFORM_ROLE.items()}

    def lines() -> Iterator[str]:
        yield _HEAD
        yield f"| right | means | {' | '.join(roles)} |"
        yield "|---|---|" + ":-:|" * len(roles)
        for right in Right:
            has = ("✓" if right is Right.OPEN or right in rights else "" for rights in roles.values())
            yield f"| {right.value} | {MEANINGS[right]} | {' | '.join(has)} |"
        yield _KEYS
        for right in Right:
            yield f"## {right.value}\n"
            for path, methods in described["paths"].items():
                for method, operation in methods.items():
                    if operation["x-right"] == right.value:
                        whole = "" if operation.get("x-limited-keys", True) else " (no limited keys)"
                        yield f"- `{method.upper()} {path}`{whole}"
            yield ""

    return "\n".join(lines()).rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - its purpose
