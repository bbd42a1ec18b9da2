"""The JSON Schema of the vector files: closed, so that a misspelt member is an error and not a case less."""

from __future__ import annotations

import uuid
from typing import Any, Final

from edition import EDITION, FORMAT
from topic import table

Schema = dict[str, Any]

LAYERS: Final = ("cose", "protected", "payload", "to_be_signed", "signature", "kid")
SHOWN_LAYERS: Final = ("presentation", "protected", "payload", "to_be_signed", "signature", "credential")
PROOF_LAYERS: Final = ("proof", "protected", "payload", "to_be_signed", "signature")
VERDICTS: Final = [row for row in table("verdicts") if row["step"]]
WAIVABLE: Final = [row["verdict"] for row in VERDICTS if row["waivable"] == "yes"]
REGISTRY_REFUSALS: Final = (
    "not-recognised",
    "wrong-environment",
    "key-revoked",
    "registry-stale",
    "key-not-valid",
    "clock-suspect",
    "revoked",
)
REFUSALS: Final = [row["verdict"] for row in VERDICTS if row["verdict"] not in REGISTRY_REFUSALS]
OUTCOMES: Final = {
    kind: [row["outcome"] for row in table("outcomes") if row["kind"] == kind]
    for kind in ("done", "refused", "note")
}
OF_REQUESTS: Final = "request-expired"  # and of nothing else

INTEGER: Final[Schema] = {"type": "integer"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
STRING: Final[Schema] = {"type": "string"}
HEX: Final[Schema] = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
NONCE: Final[Schema] = {"type": "string", "pattern": "^([0-9a-f]{2}){8,64}$"}
KEY_BYTES: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def closed(members: Schema, optional: Schema | None = None) -> Schema:
    """Return the schema of an object with these members and no others."""
    properties = members | (optional or {})
    return {"type": "object", "properties": properties, "required": list(members), "additionalProperties": False}


def array(items: Schema, **limits: int) -> Schema:
    """Return the schema of an array."""
    return {"type": "array", "items": items, **limits}


def ref(name: str) -> Schema:
    """Return a reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def case(op: str, members: Schema, optional: Schema | None = None) -> Schema:
    """Return the schema of a case of one operation."""
    common: Schema = {
        "id": {"type": "string", "pattern": "^[a-z]{3}-[0-9a-z]+$"},
        "op": {"const": op},
        "clause": array({"type": "string", "pattern": "^[A-Z]{3}-[1-9][0-9]*(\\.[1-9])?$"}, minItems=1),
        "attack": array({"type": "integer", "minimum": 1}),
        "comment": {"type": "string", "minLength": 1},
    }
    return closed(common | members, optional)


def _worlds() -> Schema:
    """Return the definitions of worlds and of key requests."""
    at, environment = {"at": INTEGER}, {"environment": STRING}
    asked = {"waive": array(STRING), "nonce": NONCE, "skew": INTEGER, "grace": INTEGER, **environment}
    asked["names"] = {"const": True}
    named = closed({"zh": STRING, "en": STRING})
    state = {"anchor": STRING, "authority": STRING}
    outcomes = [one for one in OUTCOMES["done"] + OUTCOMES["refused"] if one != OF_REQUESTS]
    told = {"document": COUNT, "outcome": {"enum": outcomes}, "notes": array({"enum": OUTCOMES["note"]})}
    path, shown = (
        closed(state | {"issuer": STRING}),
        closed(dict.fromkeys(("anchor", "authority", "issuer"), named)),
    )
    judged = {"verdict": {"const": "valid"}, "path": path, "waived": array({"enum": WAIVABLE})}
    listed = closed({"issuer": STRING, "iat": INTEGER, "authority": STRING})
    steps = [
        closed({"do": {"const": "pin"}, "authority": STRING, "version": INTEGER, "hash": HEX}),
        closed({"do": {"const": "update"}, **at, "bundle": HEX}),
        closed({"do": {"const": "update"}, **at, "bundles": array(HEX)}),
        closed({"do": {"const": "restart"}}),
        closed({"do": {"const": "verify"}, **at, "text": STRING}, asked),
        closed({"do": {"const": "policy"}, **at, "office": STRING}),
    ]
    results = [
        {"const": "done"},
        array({"oneOf": [closed(told), closed(told | state)]}),
        closed({"verdict": {"enum": [*REFUSALS, *REGISTRY_REFUSALS]}}),
        closed(judged, {"status": closed({"issued": INTEGER}), "showing": ref("showing"), "names": shown}),
        closed({"policy": {"oneOf": [{"type": "null"}, closed({"iat": INTEGER})]}, "maps": array(listed)}),
        ref("error"),
    ]
    signature = closed({"kid": HEX, "to_be_signed": HEX, "signature": HEX})
    layers = {"layers": array(closed({"typ": STRING, "payload": HEX, "signatures": array(signature)}))}
    world = {**environment, "steps": array({"oneOf": steps})}
    lived = {"oneOf": [array({"oneOf": results}), ref("error")]}
    asking = {"document": HEX, "authority": STRING, **environment, **at}
    accepted = {"accepted": {"const": True}, "issuer": STRING, "public_key": KEY_BYTES, "use": COUNT}
    no = {"outcome": {"enum": OUTCOMES["refused"]}}
    return {
        "world_run": case("world", world | {"expect": lived}, layers),
        "request_accepted": case("request", asking | {"expect": closed(accepted)}, layers),
        "request_refused": case("request", asking | {"expect": closed(no)}),
    }


def _coloring() -> Schema:
    """Return the definitions of cases about colours."""
    given = {"rules": STRING, "history": STRING, "at": INTEGER}
    members = {
        "kind": {"enum": [row["kind"] for row in table("coloring-kinds")]},
        "level": {"type": "integer", "minimum": 1, "maximum": 5},
        "result": {"enum": [row["name"] for row in table("test-results")]},
        "healthy": {"type": "boolean"},
    }
    event = closed({"event": {"enum": [row["event"] for row in table("coloring-events")]}, "at": STRING}, members)
    told = {"rule": STRING, "review": {"type": "boolean"}}
    optional = {
        "color": {"enum": [row["name"] for row in table("colors")]},
        "reason": {"enum": [row["name"] for row in table("reasons")]},
        "until": INTEGER,
        "event": event,
        "next_at": INTEGER,
    }
    return {
        "color_told": case("color", given | {"expect": closed(told, optional)}),
        "color_refused": case("color", given | {"expect": {"const": "refused"}}),
    }


def _definitions() -> Schema:
    numbered = {"^(0|-?[1-9][0-9]*)$": ref("value")}
    mapped = {"type": "object", "patternProperties": numbered, "additionalProperties": False}
    health_members = {
        "holder": STRING,
        "binding": HEX,
        "reason": INTEGER,
        "until": INTEGER,
        "evidence": array(array(ref("value"))),
        "status": array(INTEGER),
        "residence": STRING,
        "origin": STRING,
        "extensions": mapped,
    }
    claims = {"iss": STRING, "exp": INTEGER, "nbf": INTEGER, "cti": HEX, "health": ref("health")}
    inputs = {
        "at": INTEGER,
        "keys": array(closed({"issuer": STRING, "public_key": KEY_BYTES})),
        "text": STRING,
    }
    options = {
        "skew": {"type": "integer", "minimum": 0, "maximum": 300},
        "waive": array({"enum": WAIVABLE}),
        "nonce": NONCE,
        "seen": array(closed({"text": STRING, "at": INTEGER})),
        "scope": ref("scope"),
        "outcome": {"enum": sorted({row["outcome"] for row in VERDICTS} | {"valid"})},
    }
    limits = dict.fromkeys(("max_lifetime", "max_bearer_lifetime", "max_lifetime_without_status"), COUNT)
    judged = {"expect": {"const": "valid"}, "claims": ref("claims"), "layers": ref("layers")}
    shown = judged | {"showing": ref("showing"), "layers": ref("shown")}
    waived = {"waived": array({"enum": WAIVABLE})}
    document = {"type": STRING, "number": STRING, "r": HEX}
    answer = {"type": "string", "pattern": "^([0-9a-f]{32}|refused)$"}
    heard = {"type": "string", "pattern": "^(([0-9a-f]{2}){8,64}|refused)$"}
    use = {"use": {"const": "device"}}
    signing = {"seed": KEY_BYTES, "claims": ref("claims")}
    device, told = {"seed": KEY_BYTES, "credential": STRING, "at": INTEGER}, {"nonce": HEX, "opening": HEX}
    named = {"expect": {"const": "accepted"}, "kid": HEX, "thumbprint": HEX}
    no = {"expect": {"const": "refused"}}
    proving, proof = (
        {"seed": KEY_BYTES, "challenge": STRING, "issuer": STRING},
        {"proof": STRING, "challenge": STRING},
    )
    found = {"findings": array({"enum": [row["code"] for row in table("issuing-findings")]})}
    ordered = {"secret": HEX, "ref": STRING, "lifetime": INTEGER, "jitter": INTEGER}
    made = {"cti": HEX, "r": HEX, "lifetime": COUNT}
    names = {table_name: [row["name"] for row in table(table_name)] for table_name in ("actions", "duties")}
    grounds = ["no-policy", "document-mismatch", "asks"]
    facts = {
        "claims": ref("claims"),
        "shown": {"enum": ["presentation", "bare"]},
        "waived": array({"enum": WAIVABLE}),
    }
    deciding = {
        "policy": HEX,
        "maps": array(closed({"authority": STRING, "payload": HEX})),
        "code": {"oneOf": [closed(facts), {"type": "null"}]},
        "at": INTEGER,
        "answers": {
            "type": "object",
            "patternProperties": {"^[a-z]": {"type": "boolean"}},
            "additionalProperties": False,
        },
        "document": {"enum": ["matched", "mismatch", "unchecked"]},
        "place": {"type": ["string", "null"]},
    }
    converting = {"issuer": STRING, "own": {"type": "boolean"}, "lifetime": COUNT}
    converted = {"nbf": COUNT, "exp": COUNT, "health": ref("health")}
    decided = {
        "action": {"enum": [*names["actions"], None]},
        "ground": {"enum": [*grounds, None]},
        "rule": {"type": ["string", "null"]},
        "duties": array({"enum": names["duties"]}),
        "ends": {"type": ["integer", "null"]},
        "asks": array(STRING),
        "until": {"type": ["integer", "null"]},
    }
    compared = {"binding": HEX, "expect": {"enum": ["matches", "differs", "refused"]}}
    return {
        "value": {"oneOf": [INTEGER, STRING, array(ref("value")), closed({"hex": HEX}), mapped]},
        "health": closed({"color": INTEGER}, health_members),
        "claims": closed(claims, {"cnf": HEX}),
        "layers": closed(dict.fromkeys(LAYERS, HEX)),
        "showing": closed({"at": INTEGER}, {"nonce": NONCE, "opening": HEX}),
        "shown": closed(dict.fromkeys(SHOWN_LAYERS, HEX)),
        "proof": closed(dict.fromkeys(PROOF_LAYERS, HEX)),
        "scope": closed({}, {"colors": array(INTEGER), **limits}),
        "error": closed({"error": {"const": "call"}}),
        "verify_valid": case("verify", inputs | judged, options | waived),
        "verify_shown": case("verify", inputs | shown, options | waived),
        "verify_refused": case("verify", inputs | {"expect": {"enum": REFUSALS}}, options),
        "verify_called": case(
            "verify", inputs | {"expect": ref("error")}, options | {"skew": INTEGER, "waive": array(STRING)}
        ),
        "issue_done": case("issue", signing | {"expect_text": STRING, "layers": ref("layers")}),
        "issue_refused": case("issue", signing | no),
        "findings_told": case("findings", {"claims": ref("claims"), "at": INTEGER, "expect": closed(found)}),
        "present_done": case("present", device | {"expect_text": STRING, "layers": ref("shown")}, told),
        "present_refused": case("present", device | no, told),
        "challenge_read": case("challenge", {"text": STRING, "expect": heard}),
        "prove_done": case("prove", proving | {"expect_text": STRING, "layers": ref("proof")}),
        "prove_refused": case("prove", proving | no),
        "enrol_taken": case(
            "enrol", proof | {"expect": closed({"public_key": KEY_BYTES}), "layers": ref("proof")}
        ),
        "enrol_refused": case("enrol", proof | no),
        "bind_made": case("bind", document | {"expect": answer}),
        "bind_compared": case("bind", document | compared),
        "derive_done": case("derive", ordered | {"expect": closed(made)}),
        "derive_refused": case("derive", ordered | no),
        "decide_told": case("decide", deciding | {"expect": closed(decided)}),
        "convert_done": case("convert", deciding | converting | {"expect": closed(converted)}),
        "convert_refused": case("convert", deciding | converting | {"expect": closed({"refused": STRING})}),
        "decide_called": case("decide", deciding | {"expect": ref("error")}),
        "key_accepted": case("key", {"public_key": KEY_BYTES} | named, use),
        "key_refused": case("key", {"public_key": HEX} | no, use),
        **_worlds(),
        **_coloring(),
    }


def schema() -> Schema:
    """Return the whole schema."""
    definitions = _definitions()
    kinds = [name for name in definitions if "_" in name]
    seeds = {"type": "object", "additionalProperties": KEY_BYTES}
    members = {"format": {"const": FORMAT}, "edition": {"const": EDITION}, "topic": STRING, "seeds": seeds}
    members["cases"] = array({"oneOf": [ref(kind) for kind in kinds]}, minItems=1)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{FORMAT} {EDITION}')}",
        "title": f"Test vectors of healthpass: {EDITION}",
        **closed(members),
        "$defs": definitions,
    }
