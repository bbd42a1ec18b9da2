"""The inputs that fuzzing starts from, made of the vectors each time and never stored."""

import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import cbor2

from healthpass import PublicKey, SigningKey, VerificationError
from healthpass.codec import _cose, _text
from healthpass.codec._time import TIME_LIMIT
from healthpass.presentation import _presentation
from healthpass.words._code_points import DocumentType

VECTORS: Final = Path(__file__).resolve().parents[2] / "spec" / "vectors"
CONDITIONS: Final = 9  # bytes before a text or a payload: 8 for the time of judging, 1 for what is waived
WAIVE_ALL: Final = 0xFF


@cache
def cases() -> list[dict[str, Any]]:
    """Return the cases of credentials, without the calls that are none."""
    files = sorted(VECTORS.glob("credential-*.json"))
    every = [case for path in files for case in json.loads(path.read_bytes())["cases"]]
    return [case for case in every if case.get("expect") != {"error": "call"}]


def pinned_keys() -> dict[str, list[PublicKey]]:
    """Return every key that a case pins, for the first issuer that it is pinned for."""
    owners: dict[str, str] = {}
    for pinned in (pinned for case in cases() if case["op"] == "verify" for pinned in case["keys"]):
        owners.setdefault(pinned["public_key"], pinned["issuer"])
    keys: dict[str, list[PublicKey]] = {}
    for public, issuer in owners.items():
        keys.setdefault(issuer, []).append(PublicKey(bytes.fromhex(public)))
    return keys


def conditions(data: bytes) -> tuple[int, int]:
    """Read the conditions of judging from the front of an input: the time, and a bit for each waiver."""
    front = data[:CONDITIONS].ljust(CONDITIONS, b"\0")
    return int.from_bytes(front[:8], "big") % TIME_LIMIT, front[8]


def texts() -> list[bytes]:
    """Return the texts of all cases."""
    return [text for _, text in _verify_cases()]


def texts_with_conditions() -> list[bytes]:
    """Return the texts of all cases, each with its time of judging."""
    return [_front(at) + text for at, text in _verify_cases()]


def credentials(prefix: str = _text.CREDENTIAL) -> list[bytes]:
    """Return the bytes of all cases whose text is the prefix and Base45."""
    found = []
    for text in texts():
        try:
            found.append(_text.decode(text.decode("utf-8", "surrogateescape"), prefix)[1])
        except VerificationError:
            continue
    return found


def presentations() -> list[bytes]:
    """Return the presentations of all cases whose text is Base45."""
    return credentials(_text.PRESENTATION)


def showings() -> list[bytes]:
    """Return the payloads of all presentations whose envelope can be read."""
    found = []
    for data in presentations():
        try:
            found.append(_presentation.parse(data).payload)
        except VerificationError:
            continue
    return list(dict.fromkeys(found))


def payloads() -> list[bytes]:
    """Return the payloads of all cases whose envelope can be read."""
    found = []
    for credential in credentials():
        try:
            found.append(_cose.parse(credential).payload)
        except VerificationError:
            continue
    return list(dict.fromkeys(found))


def payloads_with_conditions() -> list[bytes]:
    """Return the payloads, each with the time at which most cases are judged."""
    times = [at for at, _ in _verify_cases()]
    usual = max(set(times), key=times.count)
    return [_front(usual) + payload for payload in payloads()]


def issue_claims() -> list[bytes]:
    """Return the claims that the cases of op issue ask for, and the payloads, as CBOR maps with a bare cnf."""
    found = []
    for payload in payloads():
        try:
            value = cbor2.loads(payload)
            if 8 in value:
                value[8] = value[8][1][-2]
            found.append(cbor2.dumps(value))
        except Exception:  # noqa: BLE001, S112 - what cbor2 cannot read or write is no claims
            continue
    return found


def documents() -> list[bytes]:
    """Return the numbers of documents, each behind the place of its type."""
    kinds = list(DocumentType)
    asked = [(case["type"], case["number"]) for case in cases() if case["op"] == "bind"]
    return [
        bytes([kinds.index(DocumentType(kind)) if kind in kinds else len(kinds)]) + number.encode()
        for kind, number in asked
    ]


def keys() -> list[bytes]:
    """Return keys, and COSE keys, with a signature and a message behind them."""
    public = [bytes.fromhex(case["public_key"]) for case in cases() if case["op"] == "key"]
    cose = [bytes.fromhex("a301012006215820") + raw for raw in public]
    secret = SigningKey.from_seed(bytes(32))
    return [*public, *cose, secret.public_key.to_bytes() + secret.sign(b"message") + b"message"]


def pem_files() -> list[bytes]:
    """Return key files as healthpass and openssl write them."""
    secret = SigningKey.from_seed(bytes(range(32)))
    both = b"MFECAQEwBQYDK2VwBCIEI" + b"A" * 91  # RFC 8410, section 10.3: with the public key
    files = [secret.to_pem().encode(), secret.public_key.to_pem().encode()]
    files += [b"-----BEGIN PRIVATE KEY-----\n" + both + b"\n-----END PRIVATE KEY-----\n"]
    return [*files, *(file.replace(b"\n", b"\r\n") for file in files), files[0].replace(b"PRI", b"ENCRYPTED PRI")]


def pictures() -> list[bytes]:
    """Return small pictures of codes: PNG, JPEG and WebP, in colour, grey and with a palette."""
    from PIL import Image

    from healthpass import qr

    found = [qr.png("HP1:6BF", scale=2), qr.png("HPP1:6BF", scale=1), qr.png("WIFI:", scale=2)]
    for mode, kind in (("L", "JPEG"), ("RGB", "WEBP"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "WEBP")):
        file = io.BytesIO()
        Image.open(io.BytesIO(found[0])).convert(mode).save(file, kind)
        found.append(file.getvalue())
    return found


def _verify_cases() -> Iterator[tuple[int, bytes]]:
    for case in cases():
        if case["op"] == "verify":
            yield case["at"], case["text"].encode("utf-8", "surrogatepass")


def _front(at: int) -> bytes:
    return at.to_bytes(8, "big") + bytes([WAIVE_ALL])
