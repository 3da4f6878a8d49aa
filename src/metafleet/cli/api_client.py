"""The console API as the command line uses it: sign in, ask, sign out. Only the standard library."""

from __future__ import annotations

import http.cookiejar
import json
import os
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Any, Final

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.demo import read_sign_in
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import read_settings
from metafleet.hub.kernel.secrets import Secret

TIMEOUT_S: Final = 60.0
_JSON: Final = "application/json"
_STEP_MISSING: Final = "A password is not enough for this person: sign in in a browser, or name another one."
_LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


class ApiRefused(Refused):
    """The platform says no, in its own words; or nobody is there to say anything."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the platform is and who asks; `email` and `password` are None for the demo's own."""

    url: str
    email: str | None
    password: str | None = field(repr=False)
    folder: DataFolder | None = None
    """The data folder whose demo may be signed in to, for a platform on this machine."""


def read_access(
    environ: Mapping[str, str], cwd: Path, *, url: str | None, email: str | None, password: str | None
) -> Access:
    """Return the access that options and environment name; an option wins over its variable.

    Without METAFLEET_URL it is the installation of this machine's settings. Raises Refused.
    """
    settings = read_settings(environ, cwd)
    given = url or environ.get("METAFLEET_URL", "").strip()
    address = _checked(given or settings.web_url)
    is_here = urllib.parse.urlsplit(address).hostname in _LOOPBACK
    return Access(
        url=address,
        email=email or environ.get("METAFLEET_EMAIL", "").strip() or None,
        password=password or environ.get("METAFLEET_PASSWORD") or None,
        folder=DataFolder(settings.data_dir) if is_here else None,
    )


@contextmanager
def signed_in(access: Access) -> Iterator[Api]:
    """Give the API to a person for a moment. Raises ApiRefused."""
    api = Api(access.url)
    email, password = _credentials(api, access)
    api.sign_in(email, password)
    try:
        yield api
    finally:
        api.sign_out()


class Api:
    """One person's calls. Every one raises ApiRefused with the platform's sentence for a refusal."""

    def __init__(self, url: str, *, key: Secret | None = None, agent: str = "") -> None:
        """key: an API key, for calls without signing in. agent: how the record names the program."""
        self.url = url
        self._own_headers = {"User-Agent": agent} if agent else {}
        if key is not None:
            self._own_headers["Authorization"] = f"Bearer {key.reveal()}"
        self._cookies = http.cookiejar.CookieJar()
        proxies: dict[str, str] | None = {} if urllib.parse.urlsplit(url).hostname in _LOOPBACK else None
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(proxies), urllib.request.HTTPCookieProcessor(self._cookies)
        )

    def get(self, path: str, **query: str) -> Any:
        return self._json("GET", _with_query(path, query))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._json("POST", path, dict(body or {}))

    def delete(self, path: str) -> None:
        self._json("DELETE", path)

    def upload(self, path: str, file: tuple[str, bytes], fields: Mapping[str, str]) -> Any:
        """Send a form with a file, given by its name and content."""
        boundary = secrets.token_hex(16)
        name = urllib.parse.quote(file[0], safe=" ._-()")
        parts = [
            f'Content-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'.encode()
            for field, text in fields.items()
        ]
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
        kind = "Content-Type: application/octet-stream\r\n\r\n"
        parts.append((head + kind).encode() + file[1] + b"\r\n")
        line = f"--{boundary}\r\n".encode()
        body = b"".join(line + part for part in parts) + f"--{boundary}--\r\n".encode()
        return self._json("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def save(self, path: str, target: IO[bytes], **query: str) -> int:
        """Copy what is at the address into the file; return how many bytes it had."""
        size = 0
        with self._ask("GET", _with_query(path, query)) as answer:
            while chunk := self._read(answer, 256 * 1024):
                size += target.write(chunk)
        return size

    def sign_in(self, email: str, password: str) -> None:
        """Raises ApiRefused, also for who has a second factor: nobody is here to type its code."""
        self.post("/_allauth/browser/v1/auth/login", {"email": email, "password": password})

    def sign_out(self) -> None:
        """End the session. What was asked is done by now, so that a failure is not worth a word."""
        try:
            self.post("/api/auth/sign-out")
        except ApiRefused:
            return

    def _json(
        self, method: str, path: str, body: dict[str, Any] | bytes | None = None, kind: str = _JSON
    ) -> Any:
        with self._ask(method, path, body, kind) as answer:
            said = self._read(answer)
        try:
            return json.loads(said) if said else None
        except ValueError:
            raise ApiRefused(f"What answers at {self.url} is not metafleet.") from None

    def _read(self, answer: HTTPResponse, most_bytes: int | None = None) -> bytes:
        try:
            return answer.read(most_bytes)
        except (OSError, HTTPException):
            raise ApiRefused(f"The answer of {self.url} broke off. Try it again.") from None

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | bytes | None = None, kind: str = _JSON
    ) -> HTTPResponse:
        headers = {
            "Accept": "application/json, */*",
            "Referer": f"{self.url}/",
            **self._own_headers,
        }
        token = next((cookie.value for cookie in self._cookies if cookie.name.endswith("csrftoken")), None)
        if token:
            headers["X-CSRFToken"] = token
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["Content-Type"] = kind
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - http only
        try:
            answer: HTTPResponse = self._opener.open(request, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as refusal:
            raise ApiRefused(_sentence(refusal)) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise ApiRefused(
                f"metafleet does not answer at {self.url} ({reason}). "
                "Start it with `metafleet up`, or say where it is with METAFLEET_URL."
            ) from None
        return answer


def _credentials(api: Api, access: Access) -> tuple[str, str]:
    """Return who is to be signed in: who was named, else the demo's person where there is one."""
    offer = api.get("/api/session")  # also gives the cookie that forms need
    if access.email and access.password:
        return access.email, access.password
    if access.email or access.password:
        missing = "METAFLEET_PASSWORD" if access.email else "METAFLEET_EMAIL"
        raise ApiRefused(f"{missing} is missing: sign in with both an e-mail address and a password.")
    if offer.get("demoEmail") and offer.get("demoPassword"):
        return offer["demoEmail"], offer["demoPassword"]
    demo = read_sign_in(access.folder) if access.folder else None
    if demo is None:
        raise ApiRefused(
            f"Nobody is named to sign in at {access.url}. Set METAFLEET_EMAIL and METAFLEET_PASSWORD."
        )
    return demo.email, demo.password


def _sentence(refusal: urllib.error.HTTPError) -> str:
    """Return what the problem document says, or signing in."""
    with refusal:
        said = refusal.read(64 * 1024)
    try:
        document = json.loads(said)
        if any(flow.get("is_pending") for flow in document.get("data", {}).get("flows", [])):
            return _STEP_MISSING
        return str(document["detail"] if "detail" in document else document["errors"][0]["message"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return f"The platform answered {refusal.code} {refusal.reason}."


def _with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urllib.parse.urlencode(query)}" if query else path


def _checked(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or parts.username or parts.query or parts.fragment:
        raise Refused(f"METAFLEET_URL must be an address like http://127.0.0.1:8000, but is {url!r}.")
    return url.rstrip("/")


def here() -> tuple[Mapping[str, str], Path]:
    """Return the environment and folder that the command was called in."""
    return os.environ, Path.cwd()
