"""`python -m metafleet.hub.console.openapi` prints the API's OpenAPI document."""

from __future__ import annotations

import json
import os

import django


def document() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metafleet.hub.config.settings")
    django.setup()
    from metafleet.hub.console.api.root import api

    return json.dumps(api.get_openapi_schema(path_prefix="/api/"), indent=2, default=str) + "\n"


if __name__ == "__main__":
    print(document(), end="")  # noqa: T201 - its purpose
