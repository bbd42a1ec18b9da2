"""Which part of a rule a case shows, where its outcome tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT: Final = ("malformed-payload", "malformed-document", "unsupported-document")
TABLES: Final[Mapping[str, Mapping[str, int]]] = {
    "DOC-1": {"too-large": 3},
    "DOC-5": {"bad-signature": 1, "threshold-not-met": 2},
    "UPD-3": {"unknown-signer": 3},
    "UPD-4": dict.fromkeys(DOCUMENT, 1) | {"wrong-authority": 2, "wrong-environment": 3, "dated-ahead": 4},
    "UPD-5": {"root-gap": 3, "equivocation": 3, "superseded": 3, "wrong-epoch": 4, "too-many": 6},
    "UPD-6": {"bad-signature": 4, "threshold-not-met": 4}
    | dict.fromkeys(("wrong-authority", "wrong-environment", "dated-ahead"), 3),
    "UPD-7": {"bad-signature": 1, "threshold-not-met": 1, "wrong-epoch": 3, "rollback": 4, "equivocation": 4}
    | dict.fromkeys((*DOCUMENT, "wrong-authority", "wrong-environment", "dated-ahead"), 2)
    | {"revocation-undone": 5},
    "STL-8": {"bad-signature": 1, "unknown-signer": 2, "wrong-authority": 4, "dated-ahead": 5}
    | dict.fromkeys(("malformed-payload", "malformed-document"), 3)
    | {"rollback": 6, "equivocation": 7},
    "STL-11": {"revoked": 1, "status-unknown": 2},
    "PTH-8": {"wrong-environment": 1, "key-revoked": 2, "registry-stale": 3},
}
"""Outcomes and verdicts that one part of a rule alone gives."""
PASSING: Final = {"applied", "unchanged", "valid"}


def outcomes(case: Mapping[str, Any]) -> set[str]:
    """Return what a world refuses, and the verdicts of the codes that it does not let pass."""
    if case["op"] != "world" or not isinstance(case["expect"], list):
        return set()
    told = [entry for result in case["expect"] for entry in (result if isinstance(result, list) else [result])]
    found = {entry.get("outcome") or entry.get("verdict") for entry in told if isinstance(entry, dict)}
    return {one for one in found if one} - PASSING


def cited(case: Mapping[str, Any]) -> list[str]:
    """Return what a case cites, with the part of a rule where its outcome tells it.

    That is so where the world refuses in one way only, and one of the rules that are cited has a part for this.
    """
    clauses: list[str] = case["clause"]
    found = outcomes(case)
    if len(found) != 1:
        return clauses
    (outcome,) = found
    telling = [rule for rule in clauses if outcome in TABLES.get(rule.partition(".")[0], {})]
    if len(telling) != 1 or "." in telling[0]:
        return clauses
    (rule,) = telling
    return [f"{rule}.{TABLES[rule][outcome]}" if clause == rule else clause for clause in clauses]
