"""What must hold, whatever goes in: each function takes any bytes and asserts its property.

An `AssertionError`, or any exception that the interface does not promise, is a finding.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import cbor2

import forging
from fuzz import seeds
from healthpass import (
    Color,
    HealthCode,
    PublicKey,
    Registry,
    SignatureError,
    SigningKey,
    StatusPlace,
    Verdict,
    VerificationError,
    Verified,
    bind_document,
    inspect_unverified,
    issue,
    verify,
)
from healthpass.codec import _cbor, _cose, _text
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential import _claims
from healthpass.credential._binding import document_matches
from healthpass.credential._evidence import from_array
from healthpass.presentation import _presentation
from healthpass.words._code_points import DocumentType
from healthpass.words._verdicts import WAIVABLE

REGISTRY: Final = Registry.pinned(seeds.pinned_keys())
WAIVERS: Final = sorted(WAIVABLE)


@contextmanager
def refused_in(*steps: int) -> Iterator[None]:
    """Let pass a verdict of these steps of verifying (VER-1, VER-11), and nothing else."""
    try:
        yield
    except VerificationError as error:
        assert type(error.verdict) is Verdict
        assert error.verdict.step in steps, error
        assert str(error).startswith(error.verdict)


def as_text(data: bytes) -> str:
    """Turn bytes into any text, lone surrogates included, as a careless scanner might."""
    return data.decode("utf-8", "surrogateescape")


def text(data: bytes) -> None:
    """A text is refused in step 1, or is the one text of its bytes."""
    given = as_text(data)
    with refused_in(1):
        assert _text.encode(*_text.decode(given, _text.CREDENTIAL, _text.PRESENTATION)) == given


def envelope(data: bytes) -> None:
    """A credential is refused in step 2, or its parts make the same bytes again."""
    with refused_in(2):
        parts = _cose.parse(data)
        assert _cose.assemble(parts.kid, parts.payload, parts.signature) == data
        assert _cose.to_be_signed(parts.kid, parts.payload) == parts.to_be_signed


def presentation(data: bytes) -> None:
    """A presentation is refused in step 2, or its parts make the same bytes again."""
    with refused_in(2):
        parts = _presentation.parse(data)
        inner = _cose.assemble(parts.envelope.kid, parts.envelope.payload, parts.envelope.signature)
        assert _presentation.assemble(inner, parts.payload, parts.signature) == data
        assert _presentation.to_be_signed(inner, parts.payload) == parts.to_be_signed


def showing(data: bytes) -> None:
    """The payload of a presentation is refused as malformed-payload, or has these bytes and no others."""
    with refused_in(5), suppress(ValueError):  # encode() refuses what no envelope holds, below 7 bytes
        assert _presentation.encode(_presentation.decode(data)) == data


def cbor(data: bytes) -> None:
    """A payload is refused in step 5, or its value has these bytes and no others."""
    with refused_in(5):
        value = _cbor.decode(data)
        assert _cbor.encode(value) == data
        assert _cbor.encode(_cbor.in_order(value)) == data


def claims(data: bytes) -> None:
    """Claims are refused in steps 5 and 6, or are written as the same bytes."""
    with refused_in(5, 6):
        assert _claims.encode(_claims.decode(data)) == data


def _in_force(verified: Verified, at: int, skew: timedelta) -> None:
    assert to_seconds(verified.valid_from - skew) <= at
    assert at < to_seconds(verified.expires_at)
    assert ("status-unknown" in verified.waived) == (verified.health.status is not None)
    bare = verified.presented_at is None
    assert ("presentation-required" in verified.waived) == (bare and verified.holder_key is not None)


def _conditions(data: bytes) -> tuple[int, dict[str, Any]]:
    at, waived = seeds.conditions(data)
    waive = {name for bit, name in enumerate(WAIVERS) if waived >> bit & 1}
    return at, {"at": from_seconds(at), "skew": timedelta(seconds=at % 301), "waive": waive}


def judged(data: bytes) -> None:
    """A text under any conditions ends in a verdict; what is valid is in force and waived by name alone."""
    at, options = _conditions(data)
    given = as_text(data[seeds.CONDITIONS :])
    with refused_in(*range(1, 15)):
        verified = verify(given, registry=REGISTRY, **options)
        _in_force(verified, at, options["skew"])
        assert verified.waived <= options["waive"]
        assert inspect_unverified(given).problem is None
    with refused_in(1, 2):
        found = inspect_unverified(given)
        assert found.problem is not None or found.claimed is not None


def signed(data: bytes) -> None:
    """What the issuer has signed is judged by its claims, whatever they are."""
    at, options = _conditions(data)
    payload = data[seeds.CONDITIONS :]
    if not _cose.MIN_PAYLOAD <= len(payload) <= _cose.MAX_PAYLOAD:
        return
    given = forging.signed(payload)
    with refused_in(*range(5, 15)):
        verified = forging.judged(given, **options)
        _in_force(verified, at, options["skew"])
        stated = inspect_unverified(given).claimed
        assert stated is not None
        assert stated.health == verified.health
        assert _claims.encode(stated) == payload


def _health_code(wire: dict[Any, Any]) -> HealthCode:
    """Make a health code out of a map as careless software would: what is there is handed on."""
    names = {1: "color", 2: "holder", 3: "binding", 4: "reason", 8: "residence", 9: "origin"}
    fields: dict[str, Any] = {name: wire.pop(key) for key, name in names.items() if key in wire}
    if 5 in wire:
        fields["until"] = from_seconds(wire.pop(5))
    if 6 in wire:
        fields["evidence"] = tuple(from_array(entry) for entry in wire.pop(6))
    if 7 in wire:
        fields["status"] = StatusPlace(*wire.pop(7))
    fields["color"] = Color(fields["color"])
    return HealthCode(**fields, extensions=tuple(wire.items()))


def issued(data: bytes) -> None:
    """An issuer is told that it cannot state this, or makes a code that a verifier accepts (ISS-1, SIG-7)."""
    try:
        value = cbor2.loads(data)
    except Exception:  # noqa: BLE001 - only maps are of interest here, and cbor2 is not what is tested
        return
    if not isinstance(value, dict) or not isinstance(value.get(_claims.HEALTH), dict):
        return
    try:
        health = _health_code(value[_claims.HEALTH])
        start = from_seconds(value[_claims.NBF])
        options: dict[str, Any] = {
            "issuer": value[_claims.ISS],
            "signer": forging.KEY,
            "lifetime": timedelta(seconds=value[_claims.EXP] - value[_claims.NBF]),
            "at": start,
            "holder_key": PublicKey(value[_claims.CNF]) if _claims.CNF in value else None,
            "cti": value[_claims.CTI],
        }
        code = issue(health, **options)
    except (KeyError, OverflowError, TypeError, ValueError):
        return  # KeyError and OverflowError are this function's own: a claim left out, a timedelta too long
    registry = Registry.pinned({options["issuer"]: [forging.KEY.public_key]})
    verified = verify(code.text, registry=registry, at=start, waive=WAIVERS)
    assert (verified.health, verified.cti, verified.holder_key) == (health, code.cti, options["holder_key"])
    assert issue(verified.health, **options).text == code.text


def document(data: bytes) -> None:
    """A number is refused, or is bound and found again, under its own type and opening alone."""
    kinds = [*DocumentType, as_text(data[1:9])]
    kind, number = kinds[data[0] % len(kinds) if data else 0], as_text(data[1:])
    try:
        binding, opening = bind_document(kind, number, opening=bytes(16))
    except ValueError:
        return
    assert number.isascii()
    assert document_matches(binding, kind, number, opening)
    assert not document_matches(binding, kind, number, b"\x01" * 16)


def key(data: bytes) -> None:
    """A key is refused, or is itself in all its forms; a signature made of noise is not good."""
    try:
        found = PublicKey(data[:32])
        assert PublicKey.from_cose_key(found.to_cose_key()) == found == PublicKey.from_pem(found.to_pem())
    except ValueError:
        found = forging.KEY.public_key
    try:
        PublicKey.from_cose_key(data)
    except ValueError:
        assert not (data.startswith(bytes.fromhex("a301012006215820")) and data[8:] == found.to_bytes())
    try:
        found.verify(data[32:96], data[96:])
    except SignatureError as error:
        assert error.verdict == "bad-signature"
    else:
        # libsodium's own strictness is for the vectors; here, that S is not reduced twice.
        assert int.from_bytes(data[64:96], "little") < 2**252 + 27742317777372353535851937790883648493


def pem(data: bytes) -> None:
    """A file is refused with a `ValueError`, or holds a key that is written and read again."""
    for given in (data, as_text(data)):
        try:
            public = PublicKey.from_pem(given)
            assert PublicKey.from_pem(public.to_pem()) == public
        except ValueError:
            pass
        try:
            secret = SigningKey.from_pem(given)
            assert SigningKey.from_pem(secret.to_pem()).public_key == secret.public_key
            assert PublicKey.from_pem(secret.public_key.to_pem()) == secret.public_key
        except ValueError:
            pass


def picture(data: bytes) -> None:
    """A picture holds texts that claim to be ours, or there is one of the promised errors."""
    from healthpass.drawing._scan import PREFIXES, NotAHealthCodeError, PictureError, scan

    try:
        texts = scan(data).texts
    except (NotAHealthCodeError, PictureError):
        return
    assert texts
    assert all(found.startswith(PREFIXES) for found in texts)
    assert len(set(texts)) == len(texts)
    for found in texts:
        with refused_in(*range(1, 15)):
            verify(found, registry=REGISTRY)
