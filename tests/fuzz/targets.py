"""What is fuzzed: for each way in, its property, its seeds and its limits."""

from collections.abc import Callable
from typing import Final, NamedTuple

from fuzz import properties, seeds, trusting


class Target(NamedTuple):
    """One way in.

    Attributes:
        check: asserts the property for one input.
        seeds: makes the inputs to start from.
        hint: how a finding becomes a vector.
        structured: whether inputs end in CBOR, so that changing its values is worth more than changing bytes.
        milliseconds: the processor time that one input may take.
        mebibytes: by how much one input may raise the peak of memory.
    """

    check: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    hint: str
    structured: bool = False
    milliseconds: int = 50
    mebibytes: int = 32


_PAYLOAD: Final = "TOPIC.bad(..., bytes.fromhex(...)) in spec/testkit/"
TARGETS: Final = {
    "text": Target(properties.text, seeds.texts, "TOPIC.bad(..., text) in spec/testkit/cases_text.py"),
    "envelope": Target(
        properties.envelope,
        seeds.credentials,
        "TOPIC.bad(..., cut(bytes.fromhex(...))) in spec/testkit/cases_envelope.py",
    ),
    "presentation": Target(
        properties.presentation,
        seeds.presentations,
        "TOPIC.bad(...) in spec/testkit/cases_present_envelope.py",
    ),
    "showing": Target(
        properties.showing, seeds.showings, "a case in spec/testkit/cases_present_payload.py", structured=True
    ),
    "cbor": Target(properties.cbor, seeds.payloads, f"{_PAYLOAD}cases_cbor.py", structured=True),
    "claims": Target(
        properties.claims, seeds.payloads, f"{_PAYLOAD}cases_claims.py or cases_health.py", structured=True
    ),
    "signed": Target(
        properties.signed,
        seeds.payloads_with_conditions,
        f"{_PAYLOAD}cases_claims.py; 9 bytes precede it",
        structured=True,
    ),
    "verify": Target(
        properties.judged,
        seeds.texts_with_conditions,
        "a case in spec/testkit/cases_verify.py; 9 bytes precede the text",
    ),
    "issue": Target(
        properties.issued, seeds.issue_claims, "a case of op issue in spec/testkit/cases_issue.py", structured=True
    ),
    "bind": Target(properties.document, seeds.documents, "a case of op bind in spec/testkit/cases_bind.py"),
    "key": Target(properties.key, seeds.keys, "a case of op key, or a signature, in spec/testkit/cases_key.py"),
    "pem": Target(
        properties.pem, seeds.pem_files, "files of keys are no part of the vectors: a test in tests/test_keys.py"
    ),
    "document": Target(
        trusting.document, trusting.bundles, "a case in spec/testkit/cases_registry_envelope.py", milliseconds=200
    ),
    "content": Target(
        trusting.content, trusting.payloads, "a case in spec/testkit/cases_registry_document.py", structured=True
    ),
    "policy": Target(
        trusting.of_office,
        trusting.policies,
        "a case in spec/testkit/cases_policy_*.py",
        structured=True,
        milliseconds=200,
    ),
    "list": Target(
        trusting.status_list,
        trusting.lists,
        "a case in spec/testkit/cases_status_*.py",
        structured=True,
        milliseconds=200,
    ),
    "request": Target(
        trusting.request, trusting.payloads, "a case in spec/testkit/cases_registry_request.py", structured=True
    ),
    "update": Target(
        trusting.update, trusting.bundles, "a case in spec/testkit/cases_registry_update.py", milliseconds=500
    ),
    "scan": Target(
        properties.picture,
        seeds.pictures,
        "pictures are no part of the vectors: a test in tests/test_scan.py",
        milliseconds=5000,  # 50 million pixels are decoded and searched
        mebibytes=1024,
    ),
}
