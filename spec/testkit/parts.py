"""Which part of a rule a case shows, where its outcome tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from encode import ALPHABET

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT: Final = ("malformed-payload", "malformed-document", "unsupported-document")
TABLES: Final[Mapping[str, Mapping[str, int]]] = {
    "DOC-1": {"too-large": 3},
    "DOC-8": {"unsupported-document": 1},
    "DOC-5": {"bad-signature": 1, "threshold-not-met": 2},
    "UPD-3": {"unknown-signer": 3},
    "UPD-4": dict.fromkeys(DOCUMENT, 1) | {"wrong-authority": 2, "wrong-environment": 3, "dated-ahead": 4},
    "UPD-5": {"root-gap": 3, "equivocation": 3, "superseded": 3, "wrong-epoch": 4, "too-many": 6},
    "UPD-6": {"bad-signature": 4, "threshold-not-met": 4}
    | dict.fromkeys(("wrong-authority", "wrong-environment", "dated-ahead"), 3),
    "UPD-7": {"bad-signature": 1, "threshold-not-met": 1, "wrong-epoch": 3, "rollback": 4, "equivocation": 4}
    | dict.fromkeys((*DOCUMENT, "wrong-authority", "wrong-environment", "dated-ahead"), 2)
    | {"revocation-undone": 5},
    "STL-8": {"bad-signature": 1, "wrong-authority": 4, "dated-ahead": 5}
    | dict.fromkeys(("malformed-payload", "malformed-document"), 3)
    | {"rollback": 6, "equivocation": 7},
    "STL-1": {"too-large": 1, "malformed-envelope": 2},
    "STL-3": {"malformed-payload": 1, "malformed-document": 2},
    "STL-11": {"revoked": 3, "status-unknown": 4},
    "POL-6": {"bad-signature": 1, "wrong-authority": 4, "wrong-environment": 5, "dated-ahead": 6}
    | dict.fromkeys(DOCUMENT, 3)
    | {"rollback": 7, "equivocation": 8},
    "REQ-4": {"wrong-authority": 1, "wrong-environment": 2, "dated-ahead": 3, "request-expired": 4},
    "HLT-4": {"malformed-claims": 1, "unsupported-claim": 2},
    "VER-2": {"unknown-key": 2},
    "VER-5": {"not-yet-valid": 1, "expired": 2},
    "VER-8": {"call": 1},
    "PRS-9": {"presentation-stale": 2},
    "PTH-8": {"wrong-environment": 1, "key-revoked": 2, "registry-stale": 3},
}
"""Outcomes and verdicts that one part of a rule alone gives."""
PASSING: Final = {"applied", "unchanged", "valid", "done", "matches", "differs"}


def outcomes(case: Mapping[str, Any]) -> set[str]:
    """Return in which ways a case refuses: what its documents and its codes get, or `call`."""
    expect = case.get("expect")
    results = expect if isinstance(expect, list) else [expect]
    told = [entry for result in results for entry in (result if isinstance(result, list) else [result])]
    found = {
        entry if isinstance(entry, str) else entry.get("outcome") or entry.get("verdict") or entry.get("error")
        for entry in told
        if entry is not None
    }
    return {one for one in found if one} - PASSING


def part_of_text(text: str) -> int:
    """Return the part of TXT-4 that a text breaks, by the number of its characters and what they are."""
    body = text.partition(":")[2]
    if not set(body) <= set(ALPHABET):
        return 1
    return 3 if len(body) % 3 == 1 else 2


def part(rule: str, case: Mapping[str, Any]) -> int:
    """Return the part of a rule that a case shows, by its outcomes, or 0.

    It does where all that it refuses by this rule falls to one part, and no other rule that it cites says that.
    """
    found, others = outcomes(case), {clause.partition(".")[0] for clause in case["clause"]} - {rule}
    if rule == "TXT-4" and found == {"malformed-text"}:
        return part_of_text(case["text"])
    if rule == "VER-8" and not found and case.get("waived"):
        return 2
    told = found & TABLES.get(rule, {}).keys()
    if any(told & TABLES.get(other, {}).keys() for other in others):
        return 0
    parts = {TABLES[rule][outcome] for outcome in told}
    return parts.pop() if len(parts) == 1 else 0


def cited(case: Mapping[str, Any]) -> list[str]:
    """Return what a case cites, with the part of a rule where its outcomes tell it."""
    whole: list[str] = case["clause"]
    shown = {rule: part(rule, case) for rule in whole if "." not in rule}
    return [f"{rule}.{shown[rule]}" if shown.get(rule) else rule for rule in whole]
