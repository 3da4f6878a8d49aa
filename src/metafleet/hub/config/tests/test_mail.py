"""From the address of a mail server to Django's settings."""

from __future__ import annotations

import pytest

from metafleet.hub.config import env, mail


@pytest.mark.parametrize(
    ("url", "host", "port", "starttls", "ssl"),
    [
        ("smtp://a:b@mail.example.com", "mail.example.com", 587, True, False),
        ("smtp://mail.example.com:25?starttls=no", "mail.example.com", 25, False, False),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, False, False),
        ("smtps://mail.example.com", "mail.example.com", 465, False, True),
    ],
)
def test_mails_leave_encrypted_unless_the_server_is_here_or_it_is_said(
    url: str, host: str, port: int, starttls: bool, ssl: bool
) -> None:
    found = mail.settings(url)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (starttls, ssl)


def test_signs_in_a_password_are_written_as_in_addresses() -> None:
    found = mail.settings("smtps://me%40example.com:p%2Fw%40d@mail.example.com")
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me@example.com", "p/w@d")


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp:///x"])
def test_what_is_no_mail_server_is_named_without_its_password(url: str) -> None:
    with pytest.raises(env.SettingRefused, match="METAFLEET_EMAIL_URL must be like smtp://"):
        mail.settings(url)


def test_a_server_needs_somebody_to_send_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METAFLEET_EMAIL_FROM", raising=False)
    assert "localhost" in mail.sender("")
    with pytest.raises(env.SettingRefused, match="METAFLEET_EMAIL_FROM"):
        mail.sender("smtp://127.0.0.1")
