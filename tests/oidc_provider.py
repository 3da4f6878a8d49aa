"""An OpenID Connect provider on this machine, which can be told to lie.

Discovery, keys, the code flow with PKCE, user info. Whoever comes is signed in at once as `person`; what
goes into the ID token can be changed by `claims`, and who signs it by `key`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "metafleet"
CLIENT_SECRET = "the-secret-of-the-client"
KEY_ID = "key-1"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """Where it is, what it says of who comes, and what it was asked."""

    issuer: str
    person: dict[str, Any]
    key: Any
    published: Any
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    named_issuer: str = ""
    asked: list[Mapping[str, str]] = field(default_factory=list)
    _codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def answer(self, method: str, path: str, query: Mapping[str, str]) -> tuple[int, Any]:
        """Return (status, document), or (302, address)."""
        match (method, path):
            case ("GET", "/.well-known/openid-configuration"):
                return 200, self._discovery()
            case ("GET", "/keys"):
                return 200, {"keys": [self._public()]}
            case ("GET", "/authorize"):
                return 302, self._sign_in(query)
            case ("POST", "/token"):
                return self._token(query)
            case ("GET", "/userinfo"):
                return 200, self.userinfo
        return 404, {}

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.named_issuer or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    def _public(self) -> dict[str, Any]:
        document = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.published.public_key()))
        return {**document, "kid": KEY_ID, "use": "sig", "alg": "RS256"}

    def _sign_in(self, query: Mapping[str, str]) -> str:
        code = secrets.token_urlsafe(16)
        self.asked.append(query)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _token(self, form: Mapping[str, str]) -> tuple[int, Any]:
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = (
            asked is not None
            and form.get("client_secret") == CLIENT_SECRET
            and asked.get("code_challenge_method") == "S256"
            and asked.get("code_challenge") == challenge
        )
        if asked is None or not is_right:
            return 400, {"error": "invalid_grant"}
        token = jwt.encode(self._say(asked), self.key, self.algorithm, headers={"kid": KEY_ID})
        return 200, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": token}

    def _say(self, asked: Mapping[str, str]) -> dict[str, Any]:
        from metafleet.hub.kernel import clock

        now = int(clock.now().timestamp())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.get("nonce", ""),
            **self.person,
        }
        said = usual | self.claims
        return {name: value for name, value in said.items() if value is not None}


@contextmanager
def serving_provider() -> Iterator[Provider]:
    """Run a provider whose person is Dana, until the body ends."""
    key = new_key()
    person = {"sub": "dana-1", "email": "dana@example.com", "email_verified": True, "name": "Dana Doe"}
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_port}", person, key, key)
        server.provider = provider  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer("GET", parts.path, _flat(parts.query))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer("POST", self.path, _flat(body))

    def _answer(self, method: str, path: str, query: Mapping[str, str]) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        status, said = provider.answer(method, path, query)
        body = b"" if status == 302 else json.dumps(said).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", said)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


def _flat(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}
