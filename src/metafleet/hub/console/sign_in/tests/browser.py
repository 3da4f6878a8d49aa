"""A browser at allauth's API."""

from __future__ import annotations

import json
import re
from typing import Any

from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.cast import PASSWORD

NEW_PASSWORD = "another horse with another battery"


class Browser:
    def __init__(self, on_commit: DjangoCaptureOnCommitCallbacks, address: str = "192.0.2.1") -> None:
        self.client = Client(REMOTE_ADDR=address, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/150.0")
        self._on_commit = on_commit

    def call(self, method: str, path: str, **form: Any) -> Any:
        """Call `auth/…` or `account/…`; what is sent after the commit is sent."""
        with self._on_commit(execute=True):
            return self.client.generic(
                method, f"/_allauth/browser/v1/{path}", json.dumps(form), content_type="application/json"
            )

    def get(self, path: str) -> Any:
        return self.client.get(f"/_allauth/browser/v1/{path}")

    def post(self, path: str, **form: Any) -> Any:
        return self.call("POST", path, **form)

    def sign_up(self, **change: str) -> Any:
        form = {"email": "Dana@Example.com", "password": PASSWORD, "tenant_name": "Dana's desk"}
        return self.post("auth/signup", **(form | change))

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        return self.post("auth/login", email=email, password=password)

    def confirm_password(self) -> None:
        """Say again who one is, which changes of factors demand."""
        assert self.post("auth/reauthenticate", password=PASSWORD).status_code == 200

    @property
    def me(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.client.get("/api/session").json()["me"]
        return found


def errors(answer: Any) -> list[tuple[str, str]]:
    """Return (field, sentence) of each fault."""
    return [(error.get("param", ""), error["message"]) for error in answer.json()["errors"]]


def pending(answer: Any) -> list[str]:
    """Return which steps are missing until one is signed in."""
    assert answer.status_code == 401, answer.content
    return [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")]


def code_of_last_mail() -> str:
    found = re.search(r"^    (\S+)$", str(mail.outbox[-1].body), flags=re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]
