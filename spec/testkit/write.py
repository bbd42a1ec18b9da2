"""Write all files of spec/vectors/, the same bytes every time.

Run `python spec/testkit/write.py` to write, and with `--check` to compare: exit code 1 on a difference.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cases_bind
import cases_cbor
import cases_claims
import cases_coloring_ends
import cases_coloring_file
import cases_coloring_history
import cases_coloring_told
import cases_convert
import cases_decide_members
import cases_decide_order
import cases_enrol
import cases_envelope
import cases_health
import cases_issue
import cases_key
import cases_policy_document
import cases_policy_update
import cases_policy_when
import cases_precedence
import cases_present
import cases_present_envelope
import cases_present_judging
import cases_present_payload
import cases_present_precedence
import cases_present_signature
import cases_present_text
import cases_registry_content
import cases_registry_document
import cases_registry_edges
import cases_registry_endings
import cases_registry_envelope
import cases_registry_epoch
import cases_registry_judging
import cases_registry_names
import cases_registry_paths
import cases_registry_presentation
import cases_registry_recognised
import cases_registry_request
import cases_registry_root
import cases_registry_update
import cases_run
import cases_scope
import cases_signature
import cases_status_envelope
import cases_status_judging
import cases_status_paths
import cases_status_payload
import cases_status_update
import cases_store
import cases_text
import cases_verify
from documents import KEYS
from edition import EDITION, FORMAT
from parts import cited
from schema import schema
from topic import NAMED_KEYS, Json, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE: Final = Path(__file__).resolve().parent
VECTORS: Final = HERE.parent / "vectors"

TOPICS: Final[tuple[Topic, ...]] = (
    cases_text.TOPIC,
    cases_envelope.TOPIC,
    cases_key.TOPIC,
    cases_signature.TOPIC,
    cases_cbor.TOPIC,
    cases_claims.TOPIC,
    cases_claims.REGION,
    cases_health.TOPIC,
    cases_health.EVIDENCE,
    cases_health.HOLDER,
    cases_bind.TOPIC,
    cases_issue.TOPIC,
    cases_issue.FINDINGS,
    cases_run.TOPIC,
    cases_verify.TIME,
    cases_verify.TRUST,
    cases_scope.TOPIC,
    cases_precedence.TOPIC,
    cases_present_text.TOPIC,
    cases_present_envelope.TOPIC,
    cases_present_signature.TOPIC,
    cases_present_payload.TOPIC,
    cases_present_judging.TOPIC,
    cases_present_precedence.TOPIC,
    cases_present.TOPIC,
    cases_present.CHALLENGE,
    cases_enrol.PROVING,
    cases_enrol.CHECKING,
    cases_registry_envelope.TOPIC,
    cases_registry_document.TOPIC,
    cases_registry_content.TOPIC,
    cases_registry_root.TOPIC,
    cases_registry_epoch.TOPIC,
    cases_registry_update.TOPIC,
    cases_registry_recognised.TOPIC,
    cases_registry_paths.TOPIC,
    cases_registry_edges.TOPIC,
    cases_registry_judging.TOPIC,
    cases_registry_names.TOPIC,
    cases_registry_endings.TOPIC,
    cases_registry_request.TOPIC,
    cases_registry_presentation.TOPIC,
    cases_status_envelope.TOPIC,
    cases_status_payload.TOPIC,
    cases_status_payload.ENTRIES,
    cases_status_update.TOPIC,
    cases_status_judging.TOPIC,
    cases_status_paths.TOPIC,
    cases_policy_update.ENVELOPE,
    cases_policy_document.TOPIC,
    cases_policy_document.RULES,
    cases_policy_when.TOPIC,
    cases_policy_when.MAPS,
    cases_policy_update.TOPIC,
    cases_policy_update.FORCE,
    cases_store.TOPIC,
    cases_store.CALLS,
    cases_decide_members.TOPIC,
    cases_decide_order.TOPIC,
    cases_convert.TOPIC,
    cases_coloring_file.TOPIC,
    cases_coloring_history.TOPIC,
    cases_coloring_told.TOPIC,
    cases_coloring_ends.TOPIC,
)


def document(value: Any) -> str:
    """Return JSON in ASCII: a vector of a bidi override shows itself as an escape and nothing else."""
    return json.dumps(value, indent=1) + "\n"


def seeds(cases: Iterable[Json]) -> dict[str, str]:
    """Return the names whose SHA-256 are the private keys of a file, with their public keys."""
    text = json.dumps(list(cases))
    named = {key.name: key.public.hex() for key in (*NAMED_KEYS, *KEYS)}
    return {name: public for name, public in named.items() if public in text}


def files() -> dict[Path, str]:
    """Return every file that is written, with its content."""
    result = {VECTORS / "schema.json": document(schema())}
    for topic in TOPICS:
        cases = [case | {"clause": cited(case)} for case in topic.cases]
        named = {"format": FORMAT, "edition": EDITION, "topic": topic.name}
        whole = named | {"seeds": seeds(cases), "cases": cases}
        result[VECTORS / topic.file] = document(whole)
    return result


def main(arguments: list[str]) -> int:
    """Write or compare; return the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: write.py [--check]\n")
        return 2
    wanted = files()
    there = {path: path.read_bytes() for path in (*VECTORS.glob("*.json"), *wanted) if path.exists()}
    differing = [path for path in wanted if there.get(path) != wanted[path].encode()]
    stray = [path for path in there if path not in wanted]
    if not arguments:
        VECTORS.mkdir(exist_ok=True)
        for path in differing:
            path.write_bytes(wanted[path].encode())
        for path in stray:
            path.unlink()
        return 0
    for path in differing + stray:
        sys.stderr.write(f"{path}: not what write.py writes\n")
    return 1 if differing or stray else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
