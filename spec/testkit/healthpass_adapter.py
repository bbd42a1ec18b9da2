"""The adapter of the Python library: answers the cases of the test kit, one a line, as README.md says.

Run it with `python spec/testkit/run.py -- python spec/testkit/healthpass_adapter.py`. An adapter for another
library has the same parts: one function for each operation, and the way between the kit's JSON and
the library's types.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

from healthpass import (
    Challenge,
    Claims,
    Color,
    ConversionError,
    DocumentError,
    EnrolmentError,
    FindingsError,
    HealthCode,
    HolderKey,
    IssuerId,
    IssuingFinding,
    PublicKey,
    RegionId,
    Registry,
    ReplayMemory,
    Scope,
    SigningKey,
    StatusPlace,
    TrustedIssuer,
    Verdict,
    VerificationError,
    Verified,
    bind_document,
    check_proof,
    issue,
    present,
    prove,
    verify,
)
from healthpass.authority import KeyRequest
from healthpass.coloring import ColorRules, SourceError, color_of, read_history
from healthpass.deciding import Decision, MapInForce, OfficeDocument, Policy, decide
from healthpass.store import TrustStore

# What the kit asks below the public interface: a binding that stands alone (BND-4), evidence as it is on the wire
# (HLT-9), findings at a time that is not now (ISS-8), and what a run derives of a secret that is known (ISS-9).
# isort: split
from healthpass.credential._binding import document_matches
from healthpass.credential._evidence import from_array, to_array
from healthpass.documents import _policy, _risk_map
from healthpass.issuing._convert import terms_of
from healthpass.issuing._derived import Derivation, checked_ref
from healthpass.issuing._findings import check_findings

Json: TypeAlias = dict[str, Any]

_REFUSED: Final = {"verdict": "refused"}
_ERROR: Final = {"error": "call"}
_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where there is one: worlds are many, and a disk is slow
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Answer each line that holds a case.

    Raises:
        ValueError: when a line is not a case.
    """
    for line in lines:
        try:
            case = json.loads(line)
            answer = _OPERATIONS[case["op"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("a line is not a case of the test kit: see spec/testkit/README.md") from error
        yield json.dumps({"id": case["id"]} | answer(case))


def _verify(case: Json) -> Json:
    try:
        keys: dict[str, list[PublicKey]] = {}
        for pinned in case["keys"]:
            keys.setdefault(pinned["issuer"], []).append(PublicKey.from_bytes(bytes.fromhex(pinned["public_key"])))
        expectations = _expectations(case) | {
            "registry": Registry.pinned(keys, scope=_scope(case["scope"]) if "scope" in case else None),
            "replay": ReplayMemory(),
        }
        for seen in case.get("seen", ()):
            verify(seen["text"], at=_time(seen["at"]), **expectations)
        verified = verify(case["text"], at=_time(case["at"]), **expectations)
    except VerificationError as error:
        return {"verdict": error.verdict, "outcome": error.verdict.outcome}
    except ValueError:
        return _ERROR
    return {"verdict": "valid", "outcome": Verdict.VALID.outcome, "claims": _claims(verified)} | _circumstances(
        verified, case
    )


def _issue(case: Json) -> Json:
    claims = case["claims"]
    try:
        start, end = _time(claims["nbf"]), _time(claims["exp"])
        issued = issue(
            _health_from_json(claims["health"]),
            issuer=claims["iss"],
            signer=SigningKey.from_seed(bytes.fromhex(case["seed"])),
            lifetime=end - start,
            at=start,
            cti=bytes.fromhex(claims["cti"]),
            holder_key=PublicKey.from_bytes(bytes.fromhex(claims["cnf"])) if "cnf" in claims else None,
            accept=list(IssuingFinding),
        )
    except (TypeError, ValueError, KeyError, OverflowError):
        return _REFUSED
    return {"text": issued.text}


def _findings(case: Json) -> Json:
    given = case["claims"]
    claims = Claims(
        IssuerId(given["iss"]),
        given["nbf"],
        given["exp"],
        bytes.fromhex(given["cti"]),
        None,
        _health_from_json(given["health"]),
    )
    try:
        check_findings(claims, case["at"], frozenset())
    except FindingsError as error:
        return {"findings": sorted(error.findings)}
    return {"findings": []}


def _present(case: Json) -> Json:
    key = HolderKey.from_seed(bytes.fromhex(case["seed"]))
    nonce, opening = _bytes(case, "nonce"), _bytes(case, "opening")
    try:
        return {"text": present(case["credential"], key, at=_time(case["at"]), nonce=nonce, opening=opening)}
    except ValueError:
        return _REFUSED


def _challenge(case: Json) -> Json:
    try:
        return {"nonce": Challenge.read(case["text"]).hex()}
    except VerificationError:
        return _REFUSED


def _prove(case: Json) -> Json:
    key = HolderKey.from_seed(bytes.fromhex(case["seed"]))
    try:
        return {"text": prove(case["challenge"], key, issuer=case["issuer"])}
    except ValueError:
        return _REFUSED


def _enrol(case: Json) -> Json:
    try:
        return {"public_key": check_proof(case["proof"], case["challenge"]).to_bytes().hex()}
    except EnrolmentError:
        return _REFUSED


def _bind(case: Json) -> Json:
    opening = bytes.fromhex(case["r"])
    try:
        if (binding := _bytes(case, "binding")) is not None:
            return {"matches": document_matches(binding, case["type"], case["number"], opening)}
        return {"binding": bind_document(case["type"], case["number"], opening=opening).binding.hex()}
    except ValueError:
        return _REFUSED


def _derive(case: Json) -> Json:
    secret = bytes.fromhex(case["secret"])
    try:
        derivation = Derivation(secret, lifetime=case["lifetime"], jitter=case["jitter"])
        ref = checked_ref(case["ref"])
    except ValueError:
        return _REFUSED
    return {
        "cti": derivation.cti(ref).hex(),
        "r": derivation.opening(ref).hex(),
        "lifetime": derivation.lifetime(ref),
    }


@dataclass(frozen=True)
class _Code:
    """A code that was judged valid, as far as deciding asks."""

    health: HealthCode
    issuer: TrustedIssuer
    valid_from: datetime
    expires_at: datetime
    holder_key: PublicKey | None
    presented_at: datetime | None
    waived: frozenset[Verdict]


def _code(given: Json | None) -> _Code | None:
    if given is None:
        return None
    claims = given["claims"]
    return _Code(
        health=_health_from_json(claims["health"]),
        issuer=TrustedIssuer(IssuerId(claims["iss"])),
        valid_from=_time(claims["nbf"]),
        expires_at=_time(claims["exp"]),
        holder_key=PublicKey.from_bytes(bytes.fromhex(claims["cnf"])) if "cnf" in claims else None,
        presented_at=_time(claims["nbf"]) if given["shown"] == "presentation" else None,
        waived=frozenset(map(Verdict, given["waived"])),
    )


_COMPARED: Final = {"matched": True, "mismatch": False, "unchecked": None}


def _decision(case: Json) -> tuple[Decision, OfficeDocument[Policy]]:
    policy: OfficeDocument[Policy] = _policy.PAYLOAD.decode(bytes.fromhex(case["policy"]))
    maps = tuple(
        MapInForce(_risk_map.PAYLOAD.decode(bytes.fromhex(one["payload"])), RegionId(one["authority"]))
        for one in case["maps"]
    )
    facts = {"answers": case["answers"], "document": _COMPARED[case["document"]], "place": case["place"]}
    return decide(_code(case["code"]), policy, at=_time(case["at"]), maps=maps, **facts), policy


def _decide(case: Json) -> Json:
    try:
        decision, _ = _decision(case)
    except ValueError:
        return _ERROR
    return {
        "action": None if decision.action is None else decision.action.label,
        "ground": decision.ground,
        "rule": decision.rule,
        "duties": [duty.label for duty in decision.duties],
        "ends": decision.ends and _seconds(decision.ends),
        "asks": list(decision.asks),
        "until": decision.until and _seconds(decision.until),
    }


def _convert(case: Json) -> Json:
    code = _code(case["code"])
    try:
        decision, policy = _decision(case)
    except ValueError:
        return _ERROR
    if code is None:
        return _ERROR
    try:
        terms = terms_of(
            code,
            decision,
            policy.content,
            at=_time(case["at"]),
            is_own=case["own"],
            matched=case["document"] == "matched",
            lifetime=timedelta(seconds=case["lifetime"]),
        )
    except ConversionError as error:
        return {"refused": error.rule}
    return {
        "nbf": _seconds(terms.starts),
        "exp": _seconds(terms.ends),
        "health": _health_to_json(terms.health_code),
    }


def _color(case: Json) -> Json:
    try:
        rules = ColorRules.read(case["rules"].encode())
        history = read_history(case["history"].encode())
    except SourceError:
        return _REFUSED
    coloring = color_of(history, rules, at=_time(case["at"]))
    return _without_none(
        {
            "color": None if coloring.color is None else coloring.color.label,
            "reason": coloring.reason and coloring.reason.label,
            "until": coloring.until and _seconds(coloring.until),
            "rule": coloring.why.rule.id,
            "event": coloring.why.event and coloring.why.event.record(),
            "next_at": coloring.next_at and _seconds(coloring.next_at),
            "review": coloring.review,
        }
    )


def _key(case: Json) -> Json:
    try:
        key = PublicKey.from_bytes(bytes.fromhex(case["public_key"]))
        if case.get("use") != "device":
            Registry.pinned({"CN": [key]})
    except ValueError:
        return {"accepted": False}
    return {"accepted": True, "kid": key.kid.hex()}


def _request(case: Json) -> Json:
    data = bytes.fromhex(case["document"])
    try:
        request = KeyRequest.check(
            data, authority=case["authority"], environment=case["environment"], at=_time(case["at"])
        )
    except DocumentError as error:
        return {"outcome": error.outcome}
    key = request.public_key.to_bytes().hex()
    return {"accepted": True, "issuer": request.issuer, "public_key": key, "use": request.use}


def _world(case: Json) -> Json:
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        try:
            store = TrustStore.create(folder, case["environment"])
        except ValueError:
            return _ERROR
        results: list[Any] = []
        for step in case["steps"]:
            if step["do"] == "restart":
                store = TrustStore.open(folder)
                results.append("done")
                continue
            try:
                results.append(_STEPS[step["do"]](store, step))
            except ValueError:
                results.append(_ERROR)
        return {"results": results}


def _world_pin(store: TrustStore, step: Json) -> str:
    store.pin(step["authority"], version=step["version"], digest=bytes.fromhex(step["hash"]))
    return "done"


def _world_update(store: TrustStore, step: Json) -> list[Json]:
    bundles = [bytes.fromhex(bundle) for bundle in step.get("bundles", [step.get("bundle", "")])]
    return [
        {"document": result.document, "outcome": result.outcome, "notes": sorted(result.notes)}
        | ({"anchor": result.anchor, "authority": result.authority} if result.anchor else {})
        for result in store.update(bundles, at=_time(step["at"]))
    ]


def _world_verify(store: TrustStore, step: Json) -> Json:
    expectations = _expectations(step) | {"status_grace": timedelta(seconds=step.get("grace", 0))}
    if "environment" in step:
        expectations["environment"] = step["environment"]
    try:
        verified = verify(step["text"], registry=store.registry(), at=_time(step["at"]), **expectations)
    except VerificationError as error:
        return {"verdict": error.verdict}
    path = verified.path
    if path is None:
        raise TypeError("a store's registry names the path")
    told = {"anchor": path.anchor.id, "authority": path.authority.id, "issuer": verified.issuer.id}
    status = verified.status_issued_at
    return (
        {"verdict": "valid", "path": told}
        | ({"status": {"issued": _seconds(status)}} if status else {})
        | ({"names": _names(path.anchor, path.authority, verified.issuer)} if "names" in step else {})
        | _circumstances(verified, step)
    )


def _world_policy(store: TrustStore, step: Json) -> Json:
    registry, at = store.registry(), _time(step["at"])
    policy = registry.policy(step["office"], at)
    if policy is None:
        return {"policy": None, "maps": []}
    maps = [
        {"issuer": one.document.issuer, "iat": _seconds(one.document.issued), "authority": one.authority}
        for one in registry.maps(policy, at)
    ]
    return {"policy": {"iat": _seconds(policy.issued)}, "maps": maps}


_STEPS: Final[dict[str, Callable[[TrustStore, Json], Any]]] = {
    "pin": _world_pin,
    "update": _world_update,
    "verify": _world_verify,
    "policy": _world_policy,
}
_OPERATIONS: Final[dict[str, Callable[[Json], Json]]] = {
    "verify": _verify,
    "issue": _issue,
    "findings": _findings,
    "bind": _bind,
    "derive": _derive,
    "decide": _decide,
    "convert": _convert,
    "color": _color,
    "key": _key,
    "present": _present,
    "challenge": _challenge,
    "prove": _prove,
    "enrol": _enrol,
    "world": _world,
    "request": _request,
}


def _names(*shown: Any) -> Json:
    named = [{"zh": one.name_zh, "en": one.name_en} for one in shown]
    return dict(zip(("anchor", "authority", "issuer"), named, strict=True))


def _expectations(case: Json) -> Json:
    """Return what a verifier is told of a case, beside the registry and the time."""
    expectations = {"waive": frozenset(case.get("waive", ())), "nonce": _bytes(case, "nonce")}
    return expectations | ({"skew": timedelta(seconds=case["skew"])} if "skew" in case else {})


def _scope(scope: Json) -> Scope:
    lifetimes = {name: timedelta(seconds=value) for name, value in scope.items() if name != "colors"}
    return Scope(colors=[Color(color) for color in scope.get("colors", ())], **lifetimes)


def _circumstances(verified: Verified, case: Json) -> Json:
    """Tell what was waived, and what a presentation says; nothing of a code that was shown bare."""
    told: Json = {"waived": sorted(verified.waived)}
    if verified.presented_at is None:
        return told
    showing = {
        "at": _seconds(verified.presented_at),
        "nonce": case.get("nonce"),
        "opening": verified.opening.hex() if verified.opening else None,
    }
    return told | {"showing": _without_none(showing)}


def _claims(verified: Verified) -> Json:
    return _without_none(
        {
            "iss": verified.issuer.id,
            "exp": _seconds(verified.expires_at),
            "nbf": _seconds(verified.valid_from),
            "cti": verified.cti.hex(),
            "cnf": verified.holder_key.to_bytes().hex() if verified.holder_key else None,
            "health": _health_to_json(verified.health),
        }
    )


def _health_to_json(health: HealthCode) -> Json:
    return _without_none(
        {
            "color": int(health.color),
            "holder": health.holder,
            "binding": health.binding.hex() if health.binding else None,
            "reason": None if health.reason is None else int(health.reason),
            "until": _seconds(health.until) if health.until else None,
            "evidence": [_to_json(to_array(entry)) for entry in health.evidence] or None,
            "status": [health.status.list, health.status.index] if health.status else None,
            "residence": health.residence,
            "origin": health.origin,
            "extensions": {str(key): _to_json(value) for key, value in health.extensions} or None,
        }
    )


def _health_from_json(claims: Json) -> HealthCode:
    fields = claims | {"color": Color(claims["color"])}
    if "binding" in claims:
        fields["binding"] = bytes.fromhex(claims["binding"])
    if "until" in claims:
        fields["until"] = _time(claims["until"])
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


def _bytes(case: Json, name: str) -> bytes | None:
    return bytes.fromhex(case[name]) if name in case else None


def _time(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _seconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)


def _without_none(members: Json) -> Json:
    return {name: value for name, value in members.items() if value is not None}


if __name__ == "__main__":
    for line in answers(sys.stdin):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()  # the runner waits for it
