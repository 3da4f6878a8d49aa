"""A crash while secrets are held says nothing of them: not in the log, the answer, nor a report."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from celery import current_app
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from kombu.exceptions import EncodeError

from metafleet.hub.fleet import paper
from metafleet.hub.kernel.secrets import Secret
from tests.cast import Person

PLANTED = "-".join(("planted", "hunter2", "of", "a", "crash"))
"""Put together, so that a report may show this line."""


def crash(*, password: Secret, **_: Any) -> Any:
    """Fail as code does that puts what it has into its message."""
    raise RuntimeError(f"could not sign in with {password!r} and {[password]} and {password}")


def test_a_request_that_fails_over_a_password_tells_it_to_nobody(
    alice: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(paper, "sign_in", crash)
    form = {"label": "x", "login": 7, "password": PLANTED, "server": "s"}
    with caplog.at_level(logging.DEBUG):
        answer = alice.client.post("/api/accounts/connect", json.dumps(form), content_type="application/json")
    assert answer.status_code == 500
    assert PLANTED not in answer.content.decode()
    said = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "RuntimeError: could not sign in with ••••••" in said
    assert PLANTED not in said


def test_djangos_own_report_shows_dots(settings: Any) -> None:
    """Also its long form, which has every variable of every frame and all settings."""
    settings.STRIPE_API_KEY = PLANTED
    password = Secret(PLANTED)
    try:
        crash(password=password)
    except RuntimeError:
        reporter = ExceptionReporter(RequestFactory().get("/"), *sys.exc_info())
    report = reporter.get_traceback_text()
    assert "••••••" in report
    assert PLANTED not in report
    assert PLANTED not in reporter.get_traceback_html()


def test_a_secret_does_not_get_into_a_task_or_its_result() -> None:
    with pytest.raises((EncodeError, TypeError)) as refusal:
        current_app.send_task("fleet.reconcile", kwargs={"password": Secret(PLANTED)})
    assert PLANTED not in str(refusal.value)
