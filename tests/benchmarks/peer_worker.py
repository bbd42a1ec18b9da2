"""The other side of `peers.py`: one peer, in the environment that was made for it. Only that program calls it.

It takes the name of a peer as its argument, and on stdin, as JSON, what the codes are to say. It issues and
verifies texts, shows that it refuses one with another signature, and prints its version and the size of a text.
Then, for each line `issue 0 50` or `verify 0 50`, it works through these items and prints the seconds.

Every peer gets its keys parsed and keeps them. Each does as much of what HP1 does as its format has a place for.
"""

import json
import secrets
import sys
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Peer(NamedTuple):
    """A peer.

    Attributes:
        packages: what it consists of.
        prepare: what makes of a code what stands for our `HealthCode`; this is not timed.
        issue: what makes a text of that.
        verify: what reads it again.
        forge: what changes a text so that it is to be refused.
    """

    packages: Sequence[str]
    prepare: Callable[[Mapping[str, Any]], Any]
    issue: Callable[[Any], Any]
    verify: Callable[[Any], object]
    forge: Callable[[Any], Any]


class Order(NamedTuple):
    """What the codes are to say: the same for each peer."""

    issuer: str
    seed: str
    kid: str
    lifetime: int
    codes: Sequence[Mapping[str, Any]]


def forged(text: str) -> str:
    """Change the signature, or what is compressed around it, of a text that is one run of characters."""
    place = len(text) - 20
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def openssl(order: Order) -> Peer:
    """Bare OpenSSL, through `cryptography`: a signature over as many bytes as HP1 signs, and nothing else."""
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(order.seed))
    public = private.public_key()

    def prepare(code: Mapping[str, Any]) -> bytes:
        return bytes.fromhex(code["to_be_signed"])

    def issue(message: bytes) -> tuple[bytes, bytes]:
        return private.sign(message), message

    def verify(signed: tuple[bytes, bytes]) -> None:
        public.verify(*signed)

    return Peer(("cryptography",), prepare, issue, verify, lambda signed: (bytes(64), signed[1]))


def python_cwt(order: Order, *, squeeze: bool = False) -> Peer:
    """COSE of python-cwt around the very claims of HP1, written as Base45; it is not asked to judge the claims.

    The EU's certificate also compresses what it writes, which makes a text of this size longer and costs time.
    """
    import base45
    import cbor2
    import cwt

    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(order.seed)).public_key().public_bytes_raw()
    parts = {1: 1, 2: bytes.fromhex(order.kid), 3: -19, -1: 6, -2: public}
    key, private = cwt.COSEKey.new(parts), cwt.COSEKey.new({**parts, -4: bytes.fromhex(order.seed)})
    cose = cwt.COSE.new()
    protected = {1: -19, 4: bytes.fromhex(order.kid)}

    def prepare(code: Mapping[str, Any]) -> dict[int, Any]:
        binding, place = bytes.fromhex(code["binding"]), [code["list"], code["index"]]
        return {1: code["color"], 2: code["holder"], 3: binding, 7: place}

    def issue(health: dict[int, Any]) -> str:
        now = int(time.time())
        claims = {1: order.issuer, 4: now + order.lifetime, 5: now, 7: secrets.token_bytes(12), -65537: health}
        signed = cose.encode(cbor2.dumps(claims), private, protected=protected, external_aad=b"HP1")
        return str(base45.b45encode(zlib.compress(signed) if squeeze else signed), "ascii")

    def verify(text: str) -> object:
        data = base45.b45decode(text)
        return cbor2.loads(cose.decode(zlib.decompress(data) if squeeze else data, key, external_aad=b"HP1"))

    return Peer(("cwt", "base45", "cbor2"), prepare, issue, verify, forged)


def claim169(order: Order) -> Peer:
    """Rust's claim169: a CWT of a person, compressed, in Base45. Its fields stand for those of a health code."""
    import claim169

    seed = bytes.fromhex(order.seed)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def prepare(code: Mapping[str, Any]) -> Any:
        person = claim169.Claim169Input(
            id=f"{code['list']}/{code['index']}", full_name=code["holder"], legal_status=str(code["color"])
        )
        person.photo = bytes.fromhex(code["binding"])  # the one field of bytes
        return person

    def issue(person: Any) -> str:
        now = int(time.time())
        meta = claim169.CwtMetaInput(issuer=order.issuer, expires_at=now + order.lifetime)
        meta.issued_at = now
        meta.subject = secrets.token_hex(12)
        return str(claim169.encode_with_ed25519(person, meta, seed))

    def verify(text: str) -> object:
        result = claim169.decode_with_ed25519(text, public)
        person, meta = result.claim169, result.cwt_meta
        return (
            (person.id, person.full_name, person.legal_status, person.photo),
            (meta.issuer, meta.expires_at, meta.subject),
        )

    return Peer(("claim169",), prepare, issue, verify, forged)


def as_json(code: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a code says as JSON does."""
    status = {"status_list": {"idx": code["index"], "uri": str(code["list"])}}
    return {"color": code["color"], "holder": code["holder"], "binding": code["binding"], "status": status}


def claims(health: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """Return the claims of a JWT."""
    now = int(time.time())
    jti = secrets.token_urlsafe(12)
    return {"iss": order.issuer, "iat": now, "exp": now + order.lifetime, "jti": jti, **health}


def pyjwt(order: Order) -> Peer:
    """PyJWT: a JWT as it is, with EdDSA; it checks issuer and times."""
    import jwt

    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(order.seed))
    public = private.public_key()
    header = {"kid": order.kid}

    def issue(health: Mapping[str, Any]) -> str:
        return str(jwt.encode(claims(health, order), private, algorithm="EdDSA", headers=header))

    def verify(text: str) -> object:
        return jwt.decode(
            text, public, algorithms=["EdDSA"], issuer=order.issuer, options={"require": ["exp", "iat"]}
        )

    return Peer(("pyjwt", "cryptography"), as_json, issue, verify, forged)


def sd_jwt(order: Order) -> Peer:
    """The reference implementation of SD-JWT, which hides no claim here; it checks no times."""
    from jwcrypto.jwk import JWK
    from sd_jwt.issuer import SDJWTIssuer
    from sd_jwt.verifier import SDJWTVerifier

    pem = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(order.seed))
    private, public = JWK.from_pyca(pem), JWK.from_pyca(pem.public_key())

    def issue(health: Mapping[str, Any]) -> str:
        made = SDJWTIssuer(
            claims(health, order), private, sign_alg="EdDSA", extra_header_parameters={"kid": order.kid}
        )
        return str(made.sd_jwt_issuance)

    def verify(text: str) -> object:
        return SDJWTVerifier(text, lambda *_: public).get_verified_payload()

    return Peer(("sd-jwt", "jwcrypto"), as_json, issue, verify, forged)


PEERS: Final[Mapping[str, Callable[[Order], Peer]]] = {
    "openssl": openssl,
    "python-cwt": python_cwt,
    "python-cwt-zlib": partial(python_cwt, squeeze=True),
    "claim169": claim169,
    "pyjwt": pyjwt,
    "sd-jwt": sd_jwt,
}


def refuses(peer: Peer, made: Any) -> bool:
    """Tell whether a peer verifies at all."""
    try:
        peer.verify(peer.forge(made))
    except Exception:  # noqa: BLE001 - each has errors of its own
        return True
    return False


def main() -> None:
    """Work through batches on demand."""
    order = Order(**json.loads(sys.stdin.readline()))
    peer = PEERS[sys.argv[1]](order)
    codes = [peer.prepare(code) for code in order.codes]
    made = [peer.issue(code) for code in codes]
    peer.verify(made[0])
    assert refuses(peer, made[0])
    jobs = {"issue": (peer.issue, codes), "verify": (peer.verify, made)}
    print(
        json.dumps({"packages": {name: version(name) for name in peer.packages}, "size": len(made[0])}), flush=True
    )
    for line in sys.stdin:
        name, start, end = line.split()
        function, items = jobs[name]
        before = time.thread_time()
        for item in items[int(start) : int(end)]:
            function(item)
        print(time.thread_time() - before, flush=True)


if __name__ == "__main__":
    main()
