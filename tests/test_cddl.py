"""spec/healthpass.cddl against the vectors: it accepts what the rules accept, and refuses what CDDL can refuse.

`python tests/test_cddl.py` counts what is held and what is refused.
"""

import logging
import sys
from collections import Counter
from contextlib import suppress
from fnmatch import fnmatch
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

import cbor2
import pytest

from wire_items import SPEC, Item, items

cddl = pytest.importorskip(
    "cddl_verifier", reason="cddl-verifier, which holds data against CDDL, is not installed"
)
logging.getLogger("cddl_verifier").setLevel(logging.CRITICAL)  # what it refuses is no error here


class Beyond(NamedTuple):
    """What CDDL cannot say: the rules that say it, and the cases by which they do.

    A case is an id, a pattern of ids, or `id:2` where it has two such items.
    """

    rules: str
    cases: str


BEYOND: Final = {
    "a head has its shortest form, and every length is definite": Beyond(
        "CBR-4 ENV-2 ENV-3 PRS-2 PRS-3 DOC-2 DOC-7 STL-1 STL-3 VER-1",
        "cbr-08? cbr-09? hld-091 env-026 env-029 env-047 env-050 env-051 env-06? pen-022 pen-023 pen-026 pen-038"
        " pen-04? pen-052 pen-053 pen-084 ppl-072 ppl-073 ppl-074 ppl-075 ppl-076 ppl-077 ppl-078 pre-005 ppr-006"
        " rgd-010 rgd-014 rgd-018 rge-023 rge-029 rge-036 rge-037 rge-047 rgq-026"
        " sle-010:2 sle-040:2 sle-131:3 sle-132:3 sle-133 slp-001:2 slp-026:2 slp-030:4 slp-041 slp-058 slp-063:2",
    ),
    "keys of a map stand in one order": Beyond(
        "CBR-5 ENV-2 PRS-2 DOC-7 STL-3",
        "cbr-10? env-044 pen-028 ppl-079 ppl-080 rgd-006 slp-020:4",
    ),
    "keys of a map stand in one order, or a head has its shortest form: one of each": Beyond(
        "STL-1 STL-3", "sle-020 sle-028 slp-050 slp-051"
    ),
    "an array ascends, and nothing stands in it twice": Beyond(
        "DOC-3 DOC-8 REG-1 REG-3 KEY-2 REQ-1 ROT-1 POL-3 MAP-1",
        "pod-034 pod-035 pod-044 pod-045 pod-055 pod-059 pom-019 pom-020 pom-021 pom-022 por-009 pow-003 pow-011"
        " pow-052 rge-060 rge-061 rge-062 rge-063 rgc-011 rgc-012 rgc-060 rgc-061 rgc-062 rgc-063 rgc-102"
        " rgc-103 rgc-121"
        " rgc-122 rgc-15? rgc-202 rgc-203 rgq-065 rgr-017 rgr-018 rgr-019",
    ),
    "one value is bound to another": Beyond(
        "CLM-3 HLT-6 DOC-9 REG-1 REQ-1 ROT-2 STL-4 STL-8 VER-1 POL-2 POL-3 POL-4",
        "pod-008 pod-009 por-013 por-014 por-016 por-017 por-018 por-022 por-023 por-024 por-027 por-032 por-033"
        " por-034 por-051 por-052 por-053 por-055 por-056 pow-014 pow-023 pow-035 pow-036 clm-040 clm-041"
        " hlt-083 hlt-088 pre-022 rgd-056 rgd-057 rgd-058 rgq-043 rgq-044 rgr-071 rgc-068 rgc-069"
        " rgc-130 rgc-131 rgq-063 rgr-027 rgr-029 slp-080:4 slu-106",
    ),
    "one region lies within another, or is another": Beyond(
        "REG-1 REG-2 REQ-1",
        "rgc-020 rgc-021 rgc-022 rgc-024 rgc-040 rgc-042 rgc-123 rgq-050 rgq-051",
    ),
    "a time is a whole hour": Beyond("HLT-9", "evd-052 evd-053"),
    "a code point is forbidden": Beyond(
        "HLT-7 DOC-11 POL-3 MAP-1", "pod-022 pod-040 pom-027 hld-u* rgd-085 rgd-086 rgd-087"
    ),
    "a public key is a point of order L, and was not published": Beyond(
        "SIG-1 SIG-2 CLM-5 ROT-1 REQ-1 VER-1",
        "key-* clm-08? clm-09? psg-070 psg-071 ppr-015 rgr-010 rgr-011 rgr-012 rgr-013 rgr-014 rgq-053 rgq-054"
        " rgq-055",
    ),
    "a stream inflates, and not to too much": Beyond(
        "STL-5 STL-8",
        "slp-101 slp-102:4 slp-106:2 slp-108:2 slp-110:3 slp-113:4 slp-117:3 slp-120:2 slp-122 slp-123 slp-124"
        " slp-125 slp-126 slp-131:4 slp-132:4 slu-102",
    ),
    "a document with several signatures is too long": Beyond("DOC-1", "rge-010"),
    "a root has the version of its pin": Beyond("UPD-6", "rgo-001 rgo-016 rgo-018 rgo-062 rgu-055"),
    "any of these, in one bundle": Beyond("UPD-1", "rgu-057"),
}


ABSENT: Final = object()

# Edits of accepted items that no vector makes: the rule, where the item is changed, and what stands there then.
EDITS: Final[list[tuple[str, tuple[int, ...], object]]] = [
    ("root-document", (2, -65539), "a" * 33),
    ("root-document", (2, -65542, 4), 9),
    ("registry-document", (2, -65542, 1), ABSENT),
    ("registry-document", (2, -65542, 2, 0, 3), "mailto:" + "a" * 250),
    ("registry-document", (2, -65542, 2, 0, 3), "tel:" + "1" * 253),
    ("registry-document", (2, -65542, 3, 0, 7), ABSENT),
    ("status-list", (2, 2), "https://status.example.cn/hz"),
    ("status-list", (2, 2), "https://status.example.cn/hz/03"),
    ("status-list", (2, 2), "https://status.example.cn/hz/65536"),
    ("status-list", (2, 2), "https://status.example.cn/hz?/3"),
    ("status-list", (2, 2), "tel:123456789/3"),
    ("sig-structure", (2,), b"HPP1"),
    ("sig-structure", (2,), "HP1"),
    ("presentation-sig-structure", (2,), b"HP1"),
    ("root-sig-structure", (3,), b"application/vnd.healthpass.registry+cose"),
    ("registry-sig-structure", (3,), b""),
    ("status-list-sig-structure", (2,), b"HP1"),
]


def edited(whole: Any, path: tuple[int, ...], value: object) -> Any:
    """Return an item with another value at a place, also in what its byte strings hold."""
    if isinstance(whole, bytes):
        return cbor2.dumps(edited(cbor2.loads(whole), path, value))
    if isinstance(whole, cbor2.CBORTag):
        return cbor2.CBORTag(whole.tag, edited(whole.value, path, value))
    copy = dict(whole) if isinstance(whole, dict) else dict(enumerate(whole))
    if len(path) > 1:
        copy[path[0]] = edited(copy[path[0]], path[1:], value)
    else:
        del copy[path[0]]
        copy |= {} if value is ABSENT else {path[0]: value}
    return copy if isinstance(whole, dict) else [copy[place] for place in range(len(copy))]


def held(*, accepted: bool) -> list[tuple[Item, list[str]]]:
    """Return the items whose form is accepted, or refused, each with what CDDL has against it."""
    schema = cddl.Validator(SPEC / "healthpass.cddl")
    against = cache(lambda rule, data: [str(one) for one in schema.validate(data, rule).diagnostics])
    return [(one, against(one.rule, one.data)) for one in dict.fromkeys(items()) if one.accepted is accepted]


class TestCddl:
    def test_it_is_cddl(self) -> None:
        """The file is CDDL, and of the edition that all files of the set have."""
        assert cddl.schema_diagnostics(SPEC / "healthpass.cddl") == ()
        edition, day, *_ = (SPEC / "healthpass.cddl").read_text("utf-8").removeprefix("; ").split(" · ")
        assert f"*{edition} · {day} · normative" in (SPEC / "conformance.md").read_text("utf-8")

    def test_what_the_rules_accept(self) -> None:
        """Each form that a case accepts is in the CDDL, and there are cases for each of its tops."""
        found = held(accepted=True)
        assert [(one.case, one.rule, against) for one, against in found if against] == []
        assert {one.rule for one, _ in found} == {
            *("bundle", "root-document", "registry-document", "key-request-document", "status-list"),
            *("policy-document", "risk-map-document", "policy-sig-structure", "risk-map-sig-structure"),
            *("credential", "presentation", "protected-header", "presentation-header", "claims", "showing"),
            *("sig-structure", "presentation-sig-structure", "root-sig-structure", "registry-sig-structure"),
            *("key-request-sig-structure", "status-list-sig-structure", "nonce", "public-key"),
            *("enrolment-challenge", "enrolment-proof", "enrolment-header", "enrolment-sig-structure", "enrolled"),
        }

    def test_what_the_rules_refuse(self) -> None:
        """CDDL refuses each form that a case refuses, but for those by which BEYOND says what it cannot say."""
        passed = [one for one, against in held(accepted=False) if not against]
        left = Counter(one.case for one in passed)
        named = [name for beyond in BEYOND.values() for name in beyond.cases.split()]
        expected = Counter[str]()
        for name in named:
            case, _, number = name.partition(":")
            matching = {one: int(number or 1) for one in left if fnmatch(one, case)}
            assert matching, f"CDDL refuses what {name} shows, or no case has this id"
            expected += matching
        assert left == expected
        rules = {
            one.case: beyond.rules.split()
            for beyond in BEYOND.values()
            for one in passed
            if any(fnmatch(one.case, name.partition(":")[0]) for name in beyond.cases.split())
        }
        assert [one.case for one in passed if not set(one.rules) & set(rules[one.case])] == []
        shown = set(chain.from_iterable(one.rules for one in passed))
        assert [rule for beyond in BEYOND.values() for rule in beyond.rules.split() if rule not in shown] == []

    @pytest.mark.parametrize(("rule", "path", "value"), EDITS)
    def test_what_no_vector_refuses(self, rule: str, path: tuple[int, ...], value: object) -> None:
        """CDDL refuses an accepted item after one edit."""
        schema = cddl.Validator(SPEC / "healthpass.cddl")
        for one in items():
            if one.rule == rule and one.accepted:
                with suppress(KeyError):
                    data = edited(one.data, path, value)
                    break
        assert schema.validate(one.data, rule).valid
        assert not schema.validate(data, rule).valid


def report() -> str:
    """Count what is held, by kind, and what is refused, by rule."""
    accepted = Counter(one.rule for one in items() if one.accepted)
    distinct = Counter(rule for rule, _ in {(one.rule, one.data) for one in items() if one.accepted})
    refused = held(accepted=False)
    by_cddl = Counter(one.rules[0] for one, against in refused if against)
    by_rules = Counter(one.rules[0] for one, against in refused if not against)
    return "\n".join(
        [
            f"accepted: {accepted.total()} items, {distinct.total()} distinct",
            *(f"  {rule}: {number}, {distinct[rule]} distinct" for rule, number in accepted.most_common()),
            f"refused: {len(refused)} items, {by_cddl.total()} by CDDL, {by_rules.total()} by rules alone",
            *(f"  {rule}: {by_cddl[rule]}, {by_rules[rule]}" for rule in sorted(by_cddl | by_rules)),
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
