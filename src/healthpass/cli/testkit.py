"""`healthpass testkit`: answer the cases of spec/testkit, one a line, as its README says."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from healthpass import (
    Challenge,
    Color,
    HealthCode,
    HolderKey,
    PublicKey,
    Registry,
    ReplayMemory,
    Scope,
    SigningKey,
    StatusPlace,
    VerificationError,
    Verified,
    bind_document,
    issue,
    present,
    verify,
)
from healthpass.cli.errors import CommandError
from healthpass.cli.io.output import answering, put
from healthpass.cli.worlds import answer_request, answer_world, tell_showing
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential._binding import document_matches
from healthpass.credential._evidence import from_array, to_array

HELP: Final = (
    "Answer the test kit's cases, one a line on standard input.\n\n"
    "python spec/testkit/run.py -- healthpass testkit"
)

Json = dict[str, Any]
_REFUSED = {"verdict": "refused"}


def command() -> None:
    """Answer the cases on standard input."""
    with answering():
        for answer in answers(sys.stdin):
            put(answer)


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Answer each line that holds a case."""
    operations = {
        "verify": _verify,
        "issue": _issue,
        "bind": _bind,
        "key": _key,
        "present": _present,
        "challenge": _challenge,
        "world": answer_world,
        "request": answer_request,
    }
    for line in lines:
        try:
            case = json.loads(line)
            answer = operations[case["op"]]
        except (KeyError, TypeError, ValueError) as error:
            raise CommandError(
                "a line is not a case of the test kit", hint="see spec/testkit/README.md"
            ) from error
        yield json.dumps({"id": case["id"]} | answer(case))


def _verify(case: Json) -> Json:
    keys: dict[str, list[PublicKey]] = {}
    for pinned in case["keys"]:
        keys.setdefault(pinned["issuer"], []).append(PublicKey.from_bytes(bytes.fromhex(pinned["public_key"])))
    expectations: Json = {
        "registry": Registry.pinned(keys, scope=_scope(case)),
        "waive": frozenset(case.get("waive", ())),
        "nonce": _bytes(case, "nonce"),
        "replay": ReplayMemory(),
    }
    if "skew" in case:
        expectations["skew"] = case["skew"]
    for seen in case.get("seen", ()):
        verify(seen["text"], at=from_seconds(seen["at"]), **expectations)
    try:
        verified = verify(
            case["text"],
            at=from_seconds(case["at"]),
            **expectations,
        )
    except VerificationError as error:
        return {"verdict": error.verdict}
    answer: Json = {"verdict": "valid", "claims": _claims(verified), "waived": sorted(verified.waived)}
    return answer | tell_showing(verified, case)


def _scope(case: Json) -> Scope | None:
    if (scope := case.get("scope")) is None:
        return None
    lifetimes = {name: timedelta(seconds=value) for name, value in scope.items() if name != "colors"}
    return Scope(colors=[Color(color) for color in scope.get("colors", ())], **lifetimes)


def _present(case: Json) -> Json:
    try:
        text = present(
            case["credential"],
            HolderKey.from_seed(bytes.fromhex(case["seed"])),
            at=from_seconds(case["at"]),
            nonce=_bytes(case, "nonce"),
            opening=_bytes(case, "opening"),
        )
    except ValueError:
        return _REFUSED
    return {"text": text}


def _challenge(case: Json) -> Json:
    try:
        return {"nonce": Challenge.read(case["text"]).hex()}
    except VerificationError:
        return _REFUSED


def _bytes(case: Json, name: str) -> bytes | None:
    return bytes.fromhex(case[name]) if name in case else None


def _issue(case: Json) -> Json:
    claims = case["claims"]
    try:
        health = _health_from_json(claims["health"])
        start, end = from_seconds(claims["iat"]), from_seconds(claims["exp"])
        issued = issue(
            health,
            issuer=claims["iss"],
            signer=SigningKey.from_seed(bytes.fromhex(case["seed"])),
            lifetime=end - start,
            at=start,
            cti=bytes.fromhex(claims["cti"]),
            holder_key=PublicKey.from_bytes(bytes.fromhex(claims["cnf"])) if "cnf" in claims else None,
        )
    except (TypeError, ValueError, KeyError):
        return _REFUSED
    return {"text": issued.text}


def _bind(case: Json) -> Json:
    opening = bytes.fromhex(case["r"])
    try:
        if "binding" in case:
            binding = bytes.fromhex(case["binding"])
            return {"matches": document_matches(binding, case["type"], case["number"], opening)}
        return {"binding": bind_document(case["type"], case["number"], opening=opening).binding.hex()}
    except ValueError:
        return _REFUSED


def _key(case: Json) -> Json:
    try:
        key = PublicKey.from_bytes(bytes.fromhex(case["public_key"]))
        if case.get("use") != "device":
            Registry.pinned({"CN": [key]})
    except ValueError:
        return {"accepted": False}
    return {"accepted": True, "kid": key.kid.hex()}


def _claims(verified: Verified) -> Json:
    claims: Json = {
        "iss": verified.issuer.id,
        "exp": to_seconds(verified.expires_at),
        "iat": to_seconds(verified.valid_from),
        "cti": verified.cti.hex(),
        "cnf": verified.holder_key.to_bytes().hex() if verified.holder_key else None,
        "health": _health_to_json(verified.health),
    }
    return _without_none(claims)


def _health_to_json(health: HealthCode) -> Json:
    return _without_none(
        {
            "color": int(health.color),
            "holder": health.holder,
            "binding": health.binding.hex() if health.binding else None,
            "reason": None if health.reason is None else int(health.reason),
            "until": to_seconds(health.until) if health.until else None,
            "evidence": [_to_json(to_array(entry)) for entry in health.evidence] or None,
            "status": [health.status.list, health.status.index] if health.status else None,
            "residence": health.residence,
            "origin": health.origin,
            "extensions": {str(key): _to_json(value) for key, value in health.extensions} or None,
        }
    )


def _health_from_json(claims: Json) -> HealthCode:
    if unknown := claims.keys() - HealthCode.model_fields.keys():
        raise ValueError(f"unknown claims: {unknown}")
    fields = dict(claims)
    fields["color"] = Color(claims["color"])
    if "binding" in claims:
        fields["binding"] = bytes.fromhex(claims["binding"])
    if "until" in claims:
        fields["until"] = from_seconds(claims["until"])
    if "evidence" in claims:
        if not claims["evidence"]:
            raise ValueError("evidence, where it is given, has an entry")
        fields["evidence"] = tuple(from_array(_from_json(entry)) for entry in claims["evidence"])
    if "status" in claims:
        fields["status"] = StatusPlace(*claims["status"])
    if "extensions" in claims:
        fields["extensions"] = tuple((int(key), _from_json(value)) for key, value in claims["extensions"].items())
    return HealthCode(**fields)


def _to_json(value: Any) -> Any:
    """Write a CBOR value as the kit does: bytes as {"hex": ...}, the keys of maps in decimal."""
    match value:
        case bytes():
            return {"hex": value.hex()}
        case list():
            return [_to_json(item) for item in value]
        case dict():
            return {str(key): _to_json(item) for key, item in value.items()}
    return value


def _from_json(value: Any) -> Any:
    match value:
        case {"hex": str(data)}:
            return bytes.fromhex(data)
        case list():
            return [_from_json(item) for item in value]
        case dict():
            return {int(key): _from_json(item) for key, item in value.items()}
    return value


def _without_none(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not None}
