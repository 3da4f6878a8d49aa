from __future__ import annotations

from collections.abc import Callable

import pytest
import redis
from django.conf import LazySettings
from django.core.cache import cache
from pytest_django import DjangoCaptureOnCommitCallbacks

from metafleet.hub.console.sign_in.tests.browser import Browser


@pytest.fixture
def browser(
    db: None, redis_url: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Callable[[], Browser]:
    """Makes browsers: nobody has tried anything yet, and mails leave as soon as they stand."""
    redis.Redis.from_url(redis_url).flushall()
    cache._alone.clear()  # type: ignore[attr-defined]
    return lambda: Browser(django_capture_on_commit_callbacks)


@pytest.fixture
def mail_server(settings: LazySettings) -> None:
    """The hub has a mail server, so that addresses must be verified."""
    settings.SENDS_MAIL = True
    settings.ACCOUNT_PREVENT_ENUMERATION = True
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
