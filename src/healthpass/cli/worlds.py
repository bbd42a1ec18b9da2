"""The test kit's cases of stores and key requests: small worlds, step by step (spec/testkit/README.md)."""

from datetime import timedelta
from typing import Any

from healthpass import DocumentError, RegionId, VerificationError, Verified, verify
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.documents._key_request import KeyRequest
from healthpass.documents._statement import PRODUCTION
from healthpass.trust._held import Pin
from healthpass.trust._trust import Result, Trust

Json = dict[str, Any]


def answer_world(case: Json) -> Json:
    """Play the steps of a world, and tell what came of each."""
    trust = Trust(case["environment"])
    return {"results": [_STEPS[step["do"]](trust, step) for step in case["steps"]]}


def answer_request(case: Json) -> Json:
    """Judge a key request."""
    data = bytes.fromhex(case["document"])
    try:
        request = KeyRequest.check(
            data, authority=case["authority"], environment=case["environment"], at=case["at"]
        )
    except DocumentError as error:
        return {"outcome": error.outcome}
    key = request.public_key.to_bytes().hex()
    return {"accepted": True, "issuer": request.issuer, "public_key": key, "use": request.use}


def _pin(trust: Trust, step: Json) -> str:
    trust.pin(Pin(RegionId(step["authority"]), step["version"], bytes.fromhex(step["hash"])))
    return "done"


def _update(trust: Trust, step: Json) -> list[Json]:
    return [_result(result) for result in trust.update(bytes.fromhex(step["bundle"]), at=step["at"])]


def _result(result: Result) -> Json:
    state = {"anchor": result.anchor, "authority": result.authority} if result.anchor else {}
    return {"document": result.document, **state, "outcome": result.outcome, "notes": sorted(result.notes)}


def _verify(trust: Trust, step: Json) -> Json:
    try:
        verified = verify(
            step["text"],
            registry=trust.registry(),
            at=from_seconds(step["at"]),
            skew=step.get("skew", 60),
            waive=frozenset(step.get("waive", ())),
            nonce=bytes.fromhex(step["nonce"]) if "nonce" in step else None,
            environment=step.get("environment", PRODUCTION),
            status_grace=timedelta(seconds=step.get("grace", 0)),
        )
    except VerificationError as error:
        return {"verdict": error.verdict}
    path = verified.path
    if path is None:
        raise ValueError("a store's registry names the path")
    told = {"anchor": path.anchor.id, "authority": path.authority.id, "issuer": verified.issuer.id}
    answer: Json = {"verdict": "valid", "path": told, "waived": sorted(verified.waived)}
    if verified.status_issued_at is not None:
        answer["status"] = {"issued": to_seconds(verified.status_issued_at)}
    return answer | tell_showing(verified, step)


def tell_showing(verified: Verified, case: Json) -> Json:
    """Tell what a presentation says; nothing of a code that was shown bare."""
    if verified.presented_at is None:
        return {}
    opening = verified.opening.hex() if verified.opening else None
    showing = {"at": to_seconds(verified.presented_at), "nonce": case.get("nonce"), "opening": opening}
    return {"showing": {name: value for name, value in showing.items() if value is not None}}


_STEPS = {"pin": _pin, "update": _update, "verify": _verify}
