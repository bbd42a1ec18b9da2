"""A verifier that is wrong on purpose: the test kit has to tell each mistake by a case.

It does what one gets from a CBOR library, a lenient Ed25519 and good intentions. Of a presentation it takes the
credential out, and that is all. Its store of registries is a pool of keys, and of status lists one of numbers.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
import zlib
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
    return "valid" if claims[5] <= case["at"] + case.get("skew", 60) else "not-yet-valid"  # never looks at exp


def take(bundle: bytes, keys: list[dict[str, str]], lists: dict[int, tuple[int, bytes]]) -> list[dict[str, Any]]:
    """Take every document of a bundle, from whomever, and put its keys and its lists into the pools."""
    stream = io.BytesIO(bundle)
    told: list[dict[str, Any]] = []
    while stream.tell() < len(bundle):
        claims = cbor2.loads(cbor2.load(stream).value[2])  # neither the signatures nor anything that is claimed
        if 65533 in claims:  # neither who signed it, nor when, nor whose it is, nor how large it grows
            number = int(claims[2].rpartition("/")[2])
            lists[number] = claims[6], zlib.decompress(claims[65533]["lst"])
            anchor = keys[0]["anchor"]
            state = {"anchor": anchor, "authority": anchor}
            told.append({"document": len(told), **state, "outcome": "applied", "notes": []})
            continue
        state = {"anchor": claims[1], "authority": claims[1]}
        told.append({"document": len(told), **state, "outcome": "applied", "notes": []})
        for issuer in claims[-65542].get(2, []) if isinstance(claims[-65542][1], dict) else []:
            publics = [entry[1][-2].hex() for entry in issuer.get(4, [])]
            keys += [{"issuer": issuer[1], "public_key": public, "anchor": claims[1]} for public in publics]
    return told


def listed(text: str, lists: dict[int, tuple[int, bytes]]) -> dict[str, Any]:
    """Look a code up in the lists, wrongly: the first bit of a byte is the highest, and every entry is one bit."""
    place = cbor2.loads(unwrap(text).value[2])[-65537].get(7)
    if place is None or place[0] not in lists:
        return {"verdict": "valid"}  # no list, no objection
    issued, entries = lists[place[0]]
    if place[1] // 8 < len(entries) and entries[place[1] // 8] >> (7 - place[1] % 8) & 1:
        return {"verdict": "revoked"}
    return {"verdict": "valid", "status": {"issued": issued}}


def live(case: dict[str, Any]) -> list[Any]:
    """Take the steps of a world, wrongly."""
    keys: list[dict[str, str]] = []
    lists: dict[int, tuple[int, bytes]] = {}
    results: list[Any] = []
    for step in case["steps"]:
        if step["do"] == "pin":
            results.append("done")
        elif step["do"] == "restart":
            results.append("no-storage")
        elif step["do"] == "update":
            results.append(take(bytes.fromhex(step.get("bundle") or "".join(step["bundles"])), keys, lists))
        else:
            results.append({"verdict": judge({**step, "keys": keys})})
            if results[-1]["verdict"] == "valid":
                results[-1] = listed(step["text"], lists)
            if results[-1]["verdict"] == "valid":
                anchor = keys[0]["anchor"]
                path = {"anchor": anchor, "authority": anchor, "issuer": keys[0]["issuer"]}
                results[-1] |= {"path": path, "waived": []}
    return results


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Answer a case of any operation."""
    try:
        if case["op"] == "world":
            return {"results": live(case)}
        if case["op"] == "request":
            claims = cbor2.loads(cbor2.loads(bytes.fromhex(case["document"])).value[2])
            content = claims[-65542]
            key = content[1][-2].hex()
            return {"accepted": True, "issuer": claims[1], "public_key": key, "use": content[3]}
        return {"verdict": judge(case) if case["op"] == "verify" else "refused"}
    except Exception:  # noqa: BLE001 - careless programs do
        return {"verdict": "malformed-text", "outcome": "malformed-envelope", "results": []}


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
