"""An OpenID provider: discovered, trusted by its keys, asked for who somebody is (OpenID Connect Core 1.0 3.1)."""

import secrets
import time
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from collega.adapters.oidc.fetch import Fetch
from collega.errors import PeerError

# Signed by the provider's private key. HS256 would be signed by a secret that we have too, "none" by nobody.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# A clock may be wrong by so much.
LEEWAY_S = 60
KEPT_S = 3600.0
# Unknown keys make us ask anew, but not more often than this, whatever is sent to us.
AGAIN_AFTER_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """Who we are to the provider."""

    issuer: str
    client_id: str
    secret_file: str = ""
    scope: str = "openid profile"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What a sign-in that is under way must come back with."""

    state: str
    nonce: str
    verifier: str


def new_attempt() -> Attempt:
    """Begin one."""
    return Attempt(state=secrets.token_urlsafe(32), nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48))


@dataclass(slots=True)
class _Kept:
    """What the provider said, and when."""

    metadata: dict[str, Any] = field(default_factory=dict)
    metadata_at: float = 0.0
    keys: KeySet | None = None
    keys_at: float = 0.0


class Provider:
    """Asks one provider; every method may block, and is called off the event loop.

    Parameters
    ----------
    client : Client
    fetch : Fetch
    """

    def __init__(self, client: Client, fetch: Fetch) -> None:
        self._client, self._fetch = client, fetch
        self._kept = _Kept()
        self._turn = Lock()

    def authorize(self, attempt: Attempt, back: str) -> str:
        """Give the address to which a browser goes to sign in."""
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": back,
            "scope": self._client.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return _with(self._metadata()["authorization_endpoint"], asked)

    def claims(self, code: str, attempt: Attempt, back: str) -> dict[str, Any]:
        """Exchange a code for who somebody is.

        Raises
        ------
        PeerError
            The provider does not answer, or what it says is not to be believed.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self._client.client_id,
            "code_verifier": attempt.verifier,
        }
        answer = self._fetch.post(self._metadata()["token_endpoint"], form, self._credentials())
        return self.checked(str(answer.get("id_token", "")), attempt.nonce, str(answer.get("access_token", "")))

    def checked(self, token: str, nonce: str, access_token: str = "") -> dict[str, Any]:
        """Check an ID token: signature, issuer, audience, times, nonce (3.1.3.7).

        Raises
        ------
        PeerError
            It is not to be believed.
        """
        try:
            return self._read(token, nonce, access_token)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"the hospital's sign-in: its token is not to be believed ({type(error).__name__})"
            raise PeerError(message) from None

    def sign_out(self, back: str) -> str:
        """Give the address at which a person signs out there too; empty where the provider has none."""
        end = str(self._metadata().get("end_session_endpoint") or "")
        return _with(end, {"client_id": self._client.client_id, "post_logout_redirect_uri": back}) if end else ""

    def _read(self, token: str, nonce: str, access_token: str) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, self._keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # The keys may have changed since they were read: once more, with those of now.
            decoded = jwt.decode(token, self._keys(anew=True), algorithms=ALGORITHMS)
        must = {
            "iss": {"essential": True, "values": [self._client.issuer]},
            "sub": {"essential": True},
            "aud": {"essential": True, "values": [self._client.client_id]},
            "nonce": {"essential": True, "value": nonce},
        }
        parameters = {"nonce": nonce, "client_id": self._client.client_id, "access_token": access_token or None}
        claims = CodeIDToken(decoded.claims, decoded.header, must, parameters)
        claims.validate(leeway=LEEWAY_S)
        return dict(claims)

    def _credentials(self) -> dict[str, str]:
        """Show who we are (client_secret_basic, RFC 6749 2.3.1); the secret is read each time, since it is renewed."""
        if not self._client.secret_file:
            return {}
        try:
            secret = Path(self._client.secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"access.oidc_client_secret_file: it cannot be read ({type(error).__name__})"
            raise PeerError(message) from None
        pair = f"{quote(self._client.client_id, safe='')}:{quote(secret, safe='')}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def _metadata(self) -> dict[str, Any]:
        """Read the provider's own document (OpenID Connect Discovery 1.0 4); it must name the issuer that we trust."""
        with self._turn:
            now = time.monotonic()
            if self._kept.metadata and now - self._kept.metadata_at < KEPT_S:
                return self._kept.metadata
            found = self._fetch.get(f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
            wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            told = OpenIDProviderMetadata(found)
            if told.get("issuer") != self._client.issuer or not all(isinstance(told.get(one), str) for one in wanted):
                message = "the hospital's sign-in: its document is not that of access.oidc_issuer"
                raise PeerError(message)
            self._kept.metadata, self._kept.metadata_at = dict(told), now
            return self._kept.metadata

    def _keys(self, *, anew: bool = False) -> KeySet:
        address = self._metadata()["jwks_uri"]
        with self._turn:
            age = time.monotonic() - self._kept.keys_at
            if self._kept.keys is None or age > KEPT_S or (anew and age > AGAIN_AFTER_S):
                self._kept.keys = _key_set(self._fetch.get(address))
                self._kept.keys_at = time.monotonic()
            return self._kept.keys


def _key_set(document: dict[str, Any]) -> KeySet:
    """Read the keys that are for signatures; a secret key among them is no public one, and is left out."""
    known = [
        key
        for key in document.get("keys", ())
        if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kty") in {"RSA", "EC", "OKP"}
    ]
    try:
        return KeySet.import_key_set({"keys": known})
    except (JoseError, ValueError, KeyError) as error:
        message = f"the hospital's sign-in: its keys cannot be read ({type(error).__name__})"
        raise PeerError(message) from None


def _with(address: str, parameters: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"
