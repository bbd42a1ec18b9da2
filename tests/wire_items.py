"""What the vectors say of bytes: each item of the wire, what kind it is, and whether its form was accepted."""

import io
import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import base45
import cbor2

from words_from_tables import TABLES, table

SPEC: Final = TABLES.parent


class Item(NamedTuple):
    """Bytes of a case, and what the case says of their form.

    Attributes:
        rule: The rule of spec/healthpass.cddl for them.
        data: One CBOR item.
        accepted: True where the form was accepted, False where it was refused.
        case: The id of the case.
        rules: The rules of the pages that the case is about.
    """

    rule: str
    data: bytes
    accepted: bool
    case: str
    rules: tuple[str, ...]


# Verdicts of steps 2, 5 and 6 say that a form is refused. Those of the steps behind say that it was accepted,
# but for one that step 3 can give too.
_MALFORMED: Final = {"malformed-envelope", "malformed-payload", "malformed-claims", "unsupported-claim"}
_PASSED: Final = {
    row["verdict"] for row in table("verdicts") if row["verdict"] == "valid" or int(row["step"] or 0) > 6
} - {"registry-stale"}

# The same for documents, in the order at the end of section 6 of registry.md. An outcome that can come before the
# form is judged says nothing of it.
_REFUSED: Final = {
    *("too-large", "malformed-envelope", "unsupported-kind"),
    *("malformed-payload", "malformed-document", "unsupported-document"),
}
_TAKEN: Final = {"applied", "unchanged", "dated-ahead", "rollback", "equivocation"}
_JUDGED: Final = {
    "root-document": _TAKEN | {"wrong-authority", "root-gap", "superseded", "wrong-epoch", "too-many"},
    "registry-document": _TAKEN | {"wrong-authority", "wrong-epoch", "revocation-undone"},
    "status-list": _TAKEN,
    "policy-document": _TAKEN | {"wrong-authority"},
    "risk-map-document": _TAKEN | {"wrong-authority"},
    "key-request-document": {"wrong-authority", "dated-ahead", "request-expired"},
}
_KINDS: Final = {
    f"application/vnd.healthpass.{kind}+cose": f"{kind}-document"
    for kind in ("root", "registry", "key-request", "policy", "risk-map")
}


def items() -> Iterator[Item]:
    """Yield the items of all vectors, as often as they stand there."""
    for path in sorted((SPEC / "vectors").glob("*-*.json")):
        for case in json.loads(path.read_bytes())["cases"]:
            for rule, data, accepted in _OPERATIONS.get(case["op"], _none)(case):
                rules = tuple(clause.partition(".")[0] for clause in case["clause"])
                yield Item(rule, data, accepted, case["id"], rules)


_Found = Iterator[tuple[str, bytes, bool]]


def _none(_: dict[str, Any]) -> _Found:
    yield from ()


def _decoded(text: str) -> tuple[str, bytes | None]:
    """The prefix and the bytes of a text, where it is Base45."""
    prefix, _, encoded = text.partition(":")
    try:
        return prefix, base45.b45decode(encoded) if encoded.strip("\n") == encoded else None
    except ValueError:
        return prefix, None


def _text(text: str, verdict: str) -> _Found:
    """A credential or a presentation, and the credential in it."""
    prefix, data = _decoded(text)
    rule = {"HP1": "credential", "HPP1": "presentation"}.get(prefix)
    if rule is None or data is None:
        return
    if verdict in _MALFORMED:
        yield rule, data, False
    elif verdict in _PASSED and rule == "credential":
        yield rule, data, True
    elif verdict in _PASSED:
        credential = cbor2.loads(data).value[0][4:]
        yield "credential", credential, True
        bound = 8 in cbor2.loads(cbor2.loads(credential).value[2])
        if verdict in {"valid", "presentation-stale"} or (verdict == "presentation-mismatch" and bound):
            yield rule, data, True


def _layers(layers: dict[str, str]) -> _Found:
    """The parts of a credential or of a presentation."""
    shown = "presentation" in layers
    header, structure, payload = (
        ("presentation-header", "presentation-sig-structure", "showing")
        if shown
        else ("protected-header", "sig-structure", "claims")
    )
    for rule, part in ((header, "protected"), (structure, "to_be_signed"), (payload, "payload")):
        yield rule, bytes.fromhex(layers[part]), True


def _signed(layers: list[dict[str, Any]]) -> _Found:
    """The Sig_structures of documents."""
    for document in layers:
        rule = _KINDS.get(document["typ"], "status-list").removesuffix("-document") + "-sig-structure"
        for signature in document["signatures"]:
            yield rule, bytes.fromhex(signature["to_be_signed"]), True


def _verify(case: dict[str, Any]) -> _Found:
    yield from _text(case["text"], case["expect"] if isinstance(case["expect"], str) else "call")
    for passed in case.get("seen", ()):
        yield from _text(passed["text"], "valid")
    if "layers" in case:
        yield from _layers(case["layers"])


def _made(case: dict[str, Any]) -> _Found:
    if "expect_text" in case:
        yield from _text(case["expect_text"], "valid")
        yield from _layers(case["layers"])


def _challenge(case: dict[str, Any]) -> _Found:
    prefix, nonce = _decoded(case["text"])
    if prefix == "HPC1" and nonce is not None:
        yield "nonce", cbor2.dumps(nonce), case["expect"] != "refused"


def _proof(case: dict[str, Any]) -> _Found:
    """A proof of a device key, and the challenge that it answers."""
    taken = case["expect"] != "refused" if "expect" in case else True
    for text, rule in (
        (case.get("proof") or case.get("expect_text", ""), "enrolment-proof"),
        (case["challenge"], "enrolment-challenge"),
    ):
        prefix, data = _decoded(text)
        if prefix in {"HPK1", "HPE1"} and data is not None and taken:
            yield rule, data, True
    for rule, part in (("header", "protected"), ("sig-structure", "to_be_signed")):
        if "layers" in case:
            yield f"enrolment-{rule}", bytes.fromhex(case["layers"][part]), True
    if "layers" in case:
        yield "enrolled", bytes.fromhex(case["layers"]["payload"]), True


def _key(case: dict[str, Any]) -> _Found:
    accepted = "kid" in case
    yield "public-key", cbor2.dumps(bytes.fromhex(case["public_key"])), accepted


def _request(case: dict[str, Any]) -> _Found:
    data, outcome, rule = bytes.fromhex(case["document"]), case["expect"].get("outcome"), "key-request-document"
    if outcome is None or outcome in _JUDGED[rule]:
        yield rule, data, True
    elif outcome in _REFUSED:
        yield rule, data, False
    yield from _signed(case.get("layers", []))


def _world(case: dict[str, Any]) -> _Found:
    for step, result in zip(case["steps"], case["expect"], strict=False):
        if step["do"] == "verify" and "verdict" in result:
            yield from _text(step["text"], result["verdict"])
        if step["do"] == "update" and isinstance(result, list):
            yield from _update([bytes.fromhex(b) for b in step.get("bundles", [step.get("bundle")])], result)
    yield from _signed(case.get("layers", []))


def _update(bundles: list[bytes], result: list[dict[str, Any]]) -> _Found:
    """The documents of an update, and its bundles of several where all that is in them was accepted.

    What was refused is held against the rule of bundles: it may be of no kind.
    """
    number = 0
    for bundle in bundles:
        good = True
        documents = list(_cut(bundle))
        for document in documents:
            outcomes = {entry["outcome"] for entry in result if entry["document"] == number}
            kind = _kind(document)
            if outcomes & _REFUSED:
                yield "bundle", cbor2.dumps(document), False
                good = False
            elif outcomes & _JUDGED.get(kind, set()):
                yield kind, document, True
            else:
                good = False
            number += 1
        if good and len(documents) > 1:
            yield "bundle", cbor2.dumps(bundle), True


def _cut(bundle: bytes) -> Iterator[bytes]:
    """Cut a bundle into its items; what is no CBOR is one item with all that follows."""
    while bundle:
        stream = io.BytesIO(bundle)
        try:
            cbor2.CBORDecoder(stream, read_size=1).decode()
        except (cbor2.CBORDecodeError, ValueError):
            yield bundle
            return
        yield bundle[: stream.tell()]
        bundle = bundle[stream.tell() :]


def _kind(document: bytes) -> str:
    """Tell the kind of a document that follows the layout."""
    if document.startswith(bytes.fromhex("d284582a")):
        return "status-list"
    return next((kind for typ, kind in _KINDS.items() if typ.encode() in document[:50]), "")


_OPERATIONS: Final = {
    "verify": _verify,
    "issue": _made,
    "present": _made,
    "challenge": _challenge,
    "prove": _proof,
    "enrol": _proof,
    "key": _key,
    "request": _request,
    "world": _world,
}
