"""What must hold of signed documents and of a store, whatever goes in; and the inputs to start from."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Final

from authorities import FULL, Region, digest_of
from deciding_offices import DecidingOffice
from forging import AT, DAY, NOW
from fuzz import seeds
from healthpass import DocumentError, Outcome
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.deciding import decide, explain, explain_decision, read_map, read_policy, write_source
from healthpass.documents import _bundle, _document, _policy, _risk_map, _status_list
from healthpass.documents._document import Document, Kind
from healthpass.documents._key_request import KeyRequest
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._status_list import BYTES_PER_BIT, ENTRIES, Status, StatusList, sign_list
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.trust._views import registry_of
from healthpass.words._code_points import KeyUse

_CONTENT: Final = {Outcome.MALFORMED_PAYLOAD, Outcome.MALFORMED_DOCUMENT, Outcome.UNSUPPORTED_DOCUMENT}
_LAYOUT: Final = {Outcome.MALFORMED_ENVELOPE, Outcome.TOO_LARGE, Outcome.UNSUPPORTED_KIND}


@contextmanager
def refused_for(*outcomes: Outcome) -> Iterator[None]:
    """Let pass these refusals of a document, and nothing else."""
    try:
        yield
    except DocumentError as error:
        assert type(error.outcome) is Outcome
        assert error.outcome in outcomes, error
        assert str(error).startswith(error.outcome)


@cache
def regions() -> tuple[Region, Region]:
    """Return an anchor, and a region that it recognises."""
    anchor, other = Region("CN-33"), Region("CN-31")
    for region in (anchor, other):
        office = region.office(f"{region.id}.WJW")
        office.list(2)
        office.revoke(2)
        office.list(3)
        office.retire(3)
        office.list(8, use=KeyUse.POLICY)
    other.publish()
    anchor.rotate(root_keys=(4, 5, 6))
    anchor.recognise(other, FULL)
    anchor.publish()
    return anchor, other


def documents() -> list[bytes]:
    """Return roots, registries and a key request."""
    anchor, other = regions()
    return [*anchor.roots, *anchor.registries, *other.roots, *other.registries, _request()]


def policies() -> list[bytes]:
    """Return the payloads of policies and risk maps: those of the vectors, of the tests, and a map."""
    office = DecidingOffice("CN-33.WJW")
    cases = [case for case in seeds.cases() if case["op"] == "decide"]
    told = [bytes.fromhex(case["policy"]) for case in cases]
    maps = [bytes.fromhex(one["payload"]) for case in cases for one in case["maps"]]
    made = [_document.parse(one).payload for one in (office.policy(), office.map())]
    return [*dict.fromkeys([*made, *told, *maps])]


def of_office(data: bytes) -> None:
    """A policy or a map is refused, or is the same in bytes and as a source; and a policy decides."""
    with refused_for(*_CONTENT):
        policy = _policy.PAYLOAD.decode(data)
        again = _policy.PAYLOAD.decode(_policy.PAYLOAD.encode(policy))
        assert again.content == policy.content == read_policy(write_source(policy.content))
        for at in (policy.issued, policy.expires - timedelta(seconds=1)):
            decision = decide(None, policy, at=at)
            assert decision == decide(None, again, at=at)
            assert (decision.action is None) == (decision.ground is not None)
            assert all(explain_decision(None, policy, at=at))
        assert all(explain(policy.content))
    with refused_for(*_CONTENT):
        found = _risk_map.PAYLOAD.decode(data)
        again = _risk_map.PAYLOAD.decode(_risk_map.PAYLOAD.encode(found))
        assert again.content == found.content == read_map(write_source(found.content))


def bundles() -> list[bytes]:
    """Return bundles, as they should be and in another order."""
    anchor, other = regions()
    office = DecidingOffice("CN-33.WJW")
    signed = anchor.bundle(other) + office.policy() + office.map()
    others = [anchor.bundle(other), b"".join(reversed(documents())), *documents(), lists()[0] + anchor.bundle()]
    return [*others, signed]


def payloads() -> list[bytes]:
    """Return the payloads of all kinds."""
    return [_document.parse(document).payload for document in documents()]


def document(data: bytes) -> None:
    """A document is refused by its layout, or its parts make the same bytes again."""
    with refused_for(*_LAYOUT):
        assert bytes(_document.parse(data)) == data
    parts = list(_bundle.split(data))
    whole = b"".join(part for part in parts if isinstance(part, bytes))
    assert data.startswith(whole)
    assert (whole == data) != bool(parts and isinstance(parts[-1], DocumentError))


def lists() -> list[bytes]:
    """Return status lists, whole and their payloads."""
    key = regions()[0].offices["CN-33.WJW"].key()
    bits = b"\x02" + bytes(BYTES_PER_BIT - 1)
    uri = "https://status.example.cn/3"
    made = [sign_list(bits, uri=uri, key=key, issued=AT, expires=AT + 60, ttl=ttl) for ttl in (None, 300)]
    return made + [_status_list.parse(one).payload for one in made]


def status_list(data: bytes) -> None:
    """A list is refused, or is written as the same bytes, and has an answer for every index."""
    with refused_for(*_LAYOUT):
        assert bytes(_status_list.parse(data)) == data
    with refused_for(*_CONTENT):
        content = StatusList.decode(data)
        assert content.encode() == data
        entries = content.entries()
        assert 0 < len(entries) <= ENTRIES
        assert entries.at(len(entries)) is entries.at(-1) is Status.UNKNOWN


def content(data: bytes) -> None:
    """The payload of any kind is refused for what it holds, or is written as the same bytes."""
    with refused_for(*_CONTENT):
        root = Root.decode(data)
        assert Root.decode(root.encode()) == root
    with refused_for(*_CONTENT):
        registry = RegistryDocument.decode(data)
        assert RegistryDocument.decode(registry.encode()) == registry
        assert registry.dropped() <= {key.raw for issuer in registry.issuers for key in issuer.keys}


def request(data: bytes) -> None:
    """A key request is refused, or is the issuer's own for this authority and environment."""
    signed = data
    office = regions()[0].offices["CN-33.WJW"].key()
    if len(data) < Kind.KEY_REQUEST.max_bytes // 2:  # a payload: what an office may sign by mistake
        unsigned = Document(Kind.KEY_REQUEST, data, {})
        kid = office.public_key.kid
        signed = bytes(unsigned.signed_with(kid, office.sign(unsigned.to_be_signed(kid))))
    for given in (data, signed):
        with refused_for(*Outcome):
            accepted = KeyRequest.check(given, authority="CN-33", environment="production", at=NOW)
            assert accepted.issuer.region.within("CN-33")
            assert accepted.public_key == office.public_key


def update(data: bytes) -> None:
    """However a bundle is made, an update answers for it, and holds only what was published."""
    anchor, other = regions()
    trust = Trust()
    trust.pin(anchor.pin._replace(version=1, digest=digest_of(anchor.roots[0])))
    for result in updated(trust, data, at=AT):
        assert result.outcome.kind in {"done", "refused"}
        assert (result.message == "") == (result.outcome.kind == "done")
    published = {digest_of(one) for one in [*anchor.roots, *anchor.registries, *other.roots, *other.registries]}
    for state in trust.states:
        assert {root.digest for root in state.chain} <= published
        assert state.registry is None or state.registry.digest in published
    assert {result.outcome for result in updated(trust, anchor.bundle(other), at=AT)} <= {"applied", "unchanged"}
    registry_of(trust)


def _request() -> bytes:
    key = regions()[0].offices["CN-33.WJW"].key()
    return KeyRequest(
        issuer=IssuerId("CN-33.WJW"),
        authority=RegionId("CN-33"),
        environment="production",
        issued=NOW,
        expires=NOW + DAY,
        public_key=key.public_key,
        use=1,
        valid_from=NOW,
        valid_until=NOW + 365 * DAY,
        scope=FULL,
    ).sign(key)
