"""A verifier that is wrong on purpose: the test kit has to tell each mistake by a case.

It does what one gets from a CBOR library, a lenient Ed25519 and good intentions. Of a presentation it takes the
credential out, and that is all.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import base45
import cbor2

sys.path.insert(0, str(Path(__file__).parents[2] / "spec" / "testkit"))
accepts_leniently: Any = importlib.import_module("ed25519").accepts_leniently
thumbprint: Any = importlib.import_module("encode").thumbprint


def unwrap(text: str) -> Any:
    """Take the COSE_Sign1 out of a text, and the credential out of a presentation."""
    if not text.startswith("HPP1:"):
        return cbor2.loads(base45.b45decode(text.removeprefix("HP1:")))
    protected = cbor2.loads(base45.b45decode(text.removeprefix("HPP1:"))).value[0]
    return cbor2.loads(protected)[13]  # neither who signed it, nor when, nor for whom


def judge(case: dict[str, Any]) -> str:
    """Judge a case, wrongly."""
    text = case["text"].strip().upper()  # repairs the text
    protected, unprotected, payload, signature = unwrap(text).value
    kid = {**unprotected, **cbor2.loads(protected)}[4]  # takes any layout, any alg, a kid from anywhere
    keys = {
        thumbprint(key)[:8]: (key, entry["issuer"])
        for entry in case["keys"]
        if (key := bytes.fromhex(entry["public_key"]))
    }
    if kid not in keys:
        return "unknown-key"
    signed = cbor2.dumps(["Signature1", protected, b"HP1", payload])
    if not accepts_leniently(keys[kid][0], signed, signature):  # neither S < L nor the order of R
        return "bad-signature"
    claims = cbor2.loads(payload)  # takes every CBOR, so 0.0 is 0 and the last of two keys wins
    if claims[1] != keys[kid][1]:
        return "issuer-mismatch"
    if claims[-65537][1] not in {0, 1, 2}:
        return "unsupported-claim"
    return "valid" if claims[6] <= case["at"] + case.get("skew", 60) else "not-yet-valid"  # never looks at exp


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Answer a case of any operation."""
    if case["op"] != "verify":
        return {"verdict": "refused"}
    try:
        return {"verdict": judge(case)}
    except Exception:  # noqa: BLE001 - careless programs do
        return {"verdict": "malformed-text"}


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
