"""A small OpenID provider: discovery, a page to sign in, codes with PKCE, signed tokens, keys that change."""

import hashlib
import html
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from collega.testing.ports import LOOPBACK

PAGE = """<!doctype html><html lang="en"><title>Hospital sign-in</title><main><h1>Hospital sign-in</h1>
<form method="post" action="/authorize?{query}"><label>User <input name="user" required></label>
<button>Sign in</button></form></main></html>"""


def new_key() -> RSAKey:
    """Make a key with a name of its own."""
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


@dataclass(kw_only=True)
class OidcProvider:
    """What it knows, and what a test may change about it.

    Attributes
    ----------
    people : dict
        User to the claims that its token has besides the usual ones.
    skew_s : float
        By how much its clock is ahead.
    claims : dict
        Lays other values over those of the token: what a forged or broken one would have.
    """

    client_id: str = "collega"
    client_secret: str = "a secret of the provider"  # noqa: S105 - of a server that lives as long as a test
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    skew_s: float = 0.0
    claims: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=new_key)
    published: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Its name, which is its address."""
        return f"http://{LOOPBACK}:{self.port}"

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.key = new_key()

    def token(self, user: str, nonce: str, **more: object) -> str:
        """Sign an ID token."""
        now = int(time.time() + self.skew_s)
        claims = {
            "iss": self.issuer, "sub": f"id-of-{user}", "aud": self.client_id, "iat": now, "exp": now + 300,
            "nonce": nonce, "preferred_username": user, **self.people[user], **self.claims, **more,
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def discovery(self) -> dict[str, Any]:
        """Give the document of the provider."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        """Give the public keys."""
        return {"keys": [(self.published or self.key).as_dict(private=False)]}

    def exchange(self, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Give a token for a code: once, to the client that it is for, who knows what it began with."""
        kept = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        shown = b64decode(authorization.removeprefix("Basic ") or "").decode()
        fits = kept and challenge == kept["code_challenge"] and form.get("redirect_uri") == kept["redirect_uri"]
        if kept is None or not fits or unquote(shown) != f"{self.client_id}:{self.client_secret}":
            return 400, {"error": "invalid_grant"}
        token = self.token(kept["user"], kept["nonce"])
        return 200, {"access_token": secrets.token_hex(8), "token_type": "Bearer", "id_token": token}


@contextmanager
def oidc_provider(**values: Any) -> Iterator[OidcProvider]:  # noqa: ANN401 - as the record has them
    """Run a provider for the block."""
    provider = OidcProvider(**values)

    class Handler(_Handler):
        """Answers for this provider."""

        known = provider

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    known: OidcProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.known.asked.append(parts.path)
        match parts.path:
            case "/.well-known/openid-configuration":
                self._json(200, self.known.discovery())
            case "/keys":
                self._json(200, self.known.keys())
            case "/authorize":
                self._send(200, "text/html; charset=utf-8", PAGE.format(query=html.escape(parts.query)).encode())
            case "/end":
                back = parse_qs(parts.query).get("post_logout_redirect_uri", ["/"])[0]
                self._redirect(back)
            case _:
                self._send(404, "text/plain", b"")

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", "0"))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        if parts.path == "/token":
            self._json(*self.known.exchange(form, self.headers.get("Authorization", "")))
            return
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        user = form.get("user", "")
        if user not in self.known.people or asked.get("code_challenge_method") != "S256":
            self._send(403, "text/plain", b"nobody")
            return
        code = secrets.token_urlsafe(16)
        self.known.codes[code] = {**asked, "user": user}
        self._redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    def _redirect(self, address: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: int, value: object) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
