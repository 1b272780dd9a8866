"""Who may call the DICOM port, from where, and for what."""

import pytest

from collega.model.caller import PeerRule, PeerService, peer_rule, services_of

pytestmark = pytest.mark.shows("R31")
EVERYTHING = frozenset(PeerService)
STORE, MPPS = PeerService.STORE, PeerService.MPPS
# Rules, caller, address -> what it may use.
CALLERS = (
    (["CT1"], "CT1", "10.1.2.9", EVERYTHING),
    (["CT1"], "CT2", "10.1.2.9", None),
    (["CT1@10.1.2.9"], "CT1", "10.1.2.9", EVERYTHING),
    (["CT1@10.1.2.9"], "CT1", "10.1.2.8", None),
    (["CT1@10.1.2.0/24"], "CT1", "10.1.2.200", EVERYTHING),
    (["CT1@10.1.2.0/24"], "CT1", "10.1.3.1", None),
    (["CT1@10.1.2.0/24"], "CT1", "::ffff:10.1.2.7", EVERYTHING),
    (["CT1@10.1.2.0/24"], "CT1", "fe80::1%eth0", None),
    (["CT1@fd00::/8"], "CT1", "fd12::9", EVERYTHING),
    (["CT1=store"], "CT1", "10.1.2.9", {STORE}),
    (["CT1@10.1.2.0/24 = store + mpps"], "CT1", "10.1.2.9", {STORE, MPPS}),
    (["CT1@10.1.2.9=mpps", "CT1@10.1.2.0/24=store"], "CT1", "10.1.2.9", {STORE, MPPS}),
    (["CT1@10.1.2.9=mpps", "CT1@10.1.2.0/24=store"], "CT1", "10.1.2.8", {STORE}),
    (["CT 1 @ 10.1.2.9"], "CT 1", "10.1.2.9", EVERYTHING),
)


@pytest.mark.parametrize(("texts", "aet", "address", "allowed"), CALLERS)
def test_what_a_caller_may_use(texts: list[str], aet: str, address: str, allowed: set[PeerService] | None) -> None:
    assert services_of([peer_rule(text) for text in texts], aet, address) == allowed


def test_no_word_after_the_name_is_everything_from_everywhere() -> None:
    assert peer_rule("CT1") == PeerRule(aet="CT1", network=None, services=EVERYTHING)


WRONG = {
    "": "AE title of 1 to 16",
    "@10.1.2.9": "AE title of 1 to 16",
    "SEVENTEEN_LETTERS": "AE title of 1 to 16",
    "CT1@": "an address such as",
    "CT1@scanner.example": "an address such as",
    "CT1@10.1.2.9/24": "has host bits set",
    "CT1@10.1.2.0/33": "an address such as",
    "CT1=": "availability, commitment, mpps, store",
    "CT1=worklist": "not 'worklist'",
    "CT1=store,mpps": "joined by +",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="peers") as caught:
        peer_rule(text)
    assert WRONG[text] in str(caught.value)
