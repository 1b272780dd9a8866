"""A token of the hospital's sign-in is believed when all of it fits; the provider is a real one, with real keys."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc import jwt

from collega.adapters.oidc.fetch import Fetch
from collega.adapters.oidc.provider import Client, Provider, new_attempt
from collega.bootstrap.people.single_sign_on import Groups
from collega.errors import PeerError
from collega.model.access import PersonRole
from collega.testing.oidc_provider import OidcProvider, new_key, oidc_provider

pytestmark = pytest.mark.shows("R59", "R64")
NONCE = "a nonce of this attempt"


@pytest.fixture(scope="module")
def far() -> Iterator[OidcProvider]:
    with oidc_provider(people={"anna": {"groups": ["staff"]}}) as one:
        yield one


@pytest.fixture
def near(far: OidcProvider, tmp_path: Path) -> Provider:
    far.claims, far.skew_s, far.published = {}, 0.0, None
    secret = tmp_path / "secret"
    secret.write_text(far.client_secret)
    return Provider(Client(issuer=far.issuer, client_id=far.client_id, secret_file=str(secret)), Fetch())


def plain(content: bytes) -> str:
    """Write bytes as tokens have them."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def refuses(near: Provider, token: str, nonce: str = NONCE) -> bool:
    try:
        near.checked(token, nonce)
    except PeerError:
        return True
    return False


def test_a_good_token_is_believed_also_where_a_clock_is_somewhat_wrong(near: Provider, far: OidcProvider) -> None:
    assert near.checked(far.token("anna", NONCE), NONCE)["sub"] == "id-of-anna"
    for skew in (-340.0, 50.0):
        far.skew_s = skew
        assert not refuses(near, far.token("anna", NONCE)), skew
    for skew in (-400.0, 3600.0):
        far.skew_s = skew
        assert refuses(near, far.token("anna", NONCE)), skew


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["collega", "another"]},
        {"aud": ["collega", "another"], "azp": "another"},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "never"},
        {"iat": None},
        {"sub": None},
        {"nbf": 99999999999},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(near: Provider, far: OidcProvider, claims: dict[str, object]) -> None:
    far.claims = claims
    assert refuses(near, far.token("anna", NONCE))


def test_a_token_that_others_have_signed_is_refused(near: Provider, far: OidcProvider) -> None:
    good = far.token("anna", NONCE)
    head, body, signature = good.split(".")
    claims = jwt.decode(good, far.key).claims
    stranger = new_key()
    none = plain(json.dumps({"alg": "none", "kid": far.key.kid}).encode())
    # The public key as if it were a secret (algorithm confusion).
    begin = f"{plain(json.dumps({'alg': 'HS256', 'kid': far.key.kid}).encode())}.{body}"
    confused = hmac.new(far.key.as_pem(private=False), begin.encode(), "sha256").digest()
    forged = [
        jwt.encode({"alg": "RS256", "kid": far.key.kid}, claims, stranger),
        jwt.encode({"alg": "RS256", "kid": stranger.kid}, claims, stranger),
        f"{begin}.{plain(confused)}",
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{plain(b'{}')}.{signature}",
        "",
        "a.b",
        "a.b.c",
        "é.b.c",
    ]
    assert [token for token in forged if not refuses(near, token)] == []


def test_new_keys_are_fetched_but_not_at_the_bidding_of_whoever_sends_tokens(near: Provider, far: OidcProvider) -> None:
    assert not refuses(near, far.token("anna", NONCE))
    far.asked.clear()
    assert [refuses(near, "a.b.c") for _ in range(20)] == [True] * 20
    assert far.asked.count("/keys") == 0, "the keys are of this moment"
    far.rotate()
    near._kept.keys_at -= 6  # noqa: SLF001 - as if five seconds had passed
    assert not refuses(near, far.token("anna", NONCE))
    assert far.asked.count("/keys") == 1


def test_a_provider_that_calls_itself_otherwise_or_sends_secrets_in_clear_is_not_asked(far: OidcProvider) -> None:
    client = Client(issuer=far.issuer + "/", client_id="collega")
    with pytest.raises(PeerError, match=r"not that of access\.oidc_issuer"):
        Provider(client, Fetch()).authorize(new_attempt(), "http://127.0.0.1/back")
    with pytest.raises(PeerError, match="without TLS"):
        Fetch().get("http://login.hospital.example/keys")
    with pytest.raises(PeerError, match="answers 404"):
        Fetch().get(f"{far.issuer}/nothing")
    with pytest.raises(PeerError, match="no JSON object"):
        Fetch().get(f"{far.issuer}/authorize")


def test_groups_give_roles_and_nothing_else_does() -> None:
    groups = Groups(claim="groups", roles={"staff": PersonRole.RADIOLOGIST, "lead": PersonRole.AI_LEAD})
    assert groups.of({"groups": ["lead", "staff", "x"]}) == (PersonRole.AI_LEAD, PersonRole.RADIOLOGIST)
    assert groups.of({"groups": "staff"}) == (PersonRole.RADIOLOGIST,)
    wrong: list[dict[str, object]] = [{}, {"groups": []}, {"groups": [["staff"]]}, {"groups": {"staff": 1}}]
    wrong.append({"roles": ["staff"]})
    for claims in wrong:
        assert groups.of(claims) == ()
