"""Section 4 of decision.md: the form of the conditions, POL-3 and POL-5; and of risk maps, MAP-1."""

from __future__ import annotations

from typing import Any

from documents import DROP, names
from policies import offered, policy, risk_map
from topic import MAX_DAY, MAX_INT, Topic

TOPIC = Topic("policy-when")
MAPS = Topic("policy-map")
M, U, A = "malformed-document", "unsupported-document", "applied"
REGIONS = [f"CN-{n}" for n in range(10, 75)]
TEST = {1: [0], 2: 0, 3: 48}
when: Any
for identifier, clause, comment, when, outcome in [
    ("pow-001", "POL-3", "No color.", {1: []}, M),
    ("pow-002", "POL-5", "A color that nobody knows, which matches nothing.", {1: [0, 99]}, A),
    ("pow-003", "POL-3", "Two colors in the wrong order.", {1: [1, 0]}, M),
    ("pow-004", "POL-3", "17 colors.", {1: list(range(17))}, M),
    ("pow-005", "POL-3", "A color is negative.", {1: [-1]}, M),
    ("pow-006", "POL-3", "A reason in text.", {2: ["contact"]}, M),
    ("pow-007", "POL-3", "64 regions.", {3: REGIONS[:64]}, A),
    ("pow-008", "POL-3", "65 regions.", {3: REGIONS}, M),
    ("pow-009", "POL-3", "An issuer where a region belongs.", {3: ["CN-33-01.WJW"]}, M),
    ("pow-010", "POL-3", "A region of origin that is none.", {4: ["CN-3"]}, M),
    ("pow-011", "POL-3", "A residence that stands twice.", {5: ["CN-33", "CN-33"]}, M),
    ("pow-012", "POL-3", "Levels of a residence, from 1 to 5.", {6: {1: 1, 2: 5}}, A),
    ("pow-013", "POL-3", "Levels of a residence without a bound.", {6: {}}, M),
    ("pow-014", "POL-3", "Levels of a residence of which the least is above the greatest.", {6: {1: 3, 2: 2}}, M),
    ("pow-015", "POL-3", "A level 0.", {6: {1: 0}}, M),
    ("pow-016", "POL-3", "A level 6.", {6: {2: 6}}, M),
    ("pow-017", "POL-5", "A key 32 of the levels of a residence: it is critical.", {6: {1: 1, 32: 0}}, U),
    ("pow-018", "POL-3", "A departure on the same day.", {7: {3: 0}}, A),
    ("pow-019", "POL-3", "A departure within 365 days.", {7: {3: 365}}, A),
    ("pow-020", "POL-3", "A departure within 366 days.", {7: {3: 366}}, M),
    ("pow-021", "POL-3", "A departure at any time.", {7: {1: 5}}, M),
    ("pow-022", "POL-3", "A departure from no region.", {7: {3: 7, 4: []}}, M),
    ("pow-023", "POL-3", "A departure with levels from 5 to 4.", {7: {1: 5, 2: 4, 3: 7}}, M),
    ("pow-024", "POL-5", "A key 32 of a departure: it is critical.", {7: {3: 7, 32: 0}}, U),
    ("pow-025", "POL-5", "A key 5 of a departure.", {7: {3: 7, 5: 0}}, U),
    ("pow-026", "POL-3", "A test without methods.", {8: {2: 0, 3: 48}}, M),
    ("pow-027", "POL-5", "A test with a result that nobody knows.", {8: {**TEST, 2: 2}}, U),
    ("pow-028", "POL-3", "A test without a result.", {8: {1: [0], 3: 48}}, M),
    ("pow-029", "POL-3", "A test within no hours.", {8: {**TEST, 3: 0}}, M),
    ("pow-030", "POL-3", "A test within 8,760 hours.", {8: {**TEST, 3: 8760}}, A),
    ("pow-031", "POL-3", "A test within 8,761 hours.", {8: {**TEST, 3: 8761}}, M),
    ("pow-032", "POL-3", "Five tests.", {8: {**TEST, 4: 5}}, M),
    ("pow-033", "POL-3", "No tests.", {8: {**TEST, 4: 0}}, M),
    ("pow-034", "POL-3", "Two tests 24 hours apart.", {8: {**TEST, 4: 2, 5: 24}}, A),
    ("pow-035", "POL-3", "One test 24 hours apart.", {8: {**TEST, 5: 24}}, M),
    ("pow-036", "POL-3", "One test, which is said to be one, 24 hours apart.", {8: {**TEST, 4: 1, 5: 24}}, M),
    ("pow-037", "POL-3", "A vaccination without doses.", {9: {2: 14}}, M),
    ("pow-038", "POL-3", "A vaccination of 100 doses.", {9: {1: 100}}, M),
    ("pow-039", "POL-3", "A vaccination 3,651 days ago.", {9: {1: 2, 2: 3651}}, M),
    ("pow-040", "POL-3", "A recovery within 366 days.", {10: {1: 366}}, M),
    ("pow-041", "POL-3", "A recovery at any time.", {10: {}}, M),
    ("pow-042", "POL-3", "A code that began within 8 days.", {11: 8}, M),
    ("pow-043", "POL-3", "A code that will begin.", {11: -1}, M),
    ("pow-044", "POL-3", "Five ways to show a code.", {12: [0, 1, 2, 3, 4]}, M),
    ("pow-045", "POL-5", "A way to show a code that nobody knows, which matches nothing.", {12: [4]}, A),
    ("pow-046", "POL-5", "What is asked of a document is not known.", {13: 2}, U),
    ("pow-047", "POL-3", "A document in text.", {13: "matched"}, M),
    ("pow-048", "POL-3", "No question.", {14: []}, M),
    ("pow-049", "POL-3", "No verdict may be waived.", {17: []}, A),
    ("pow-050", "POL-5", "A verdict that nobody knows may be waived.", {17: ["whatever"]}, A),
    ("pow-051", "POL-3", "Five verdicts may be waived.", {17: [*"abcde"]}, M),
    ("pow-052", "POL-3", "Verdicts stand in the wrong order.", {17: ["status-unknown", "clock-suspect"]}, M),
    ("pow-053", "POL-5", "A key 18: it is critical.", {1: [0], 18: 0}, U),
    ("pow-054", "POL-5", "A key 32: to ignore a condition would widen the rule.", {1: [0], 32: 0}, U),
    ("pow-055", "POL-5", "The greatest key.", {MAX_INT: 0}, U),
    ("pow-056", "POL-3", "A negative key.", {-1: 0}, M),
    ("pow-057", "POL-3", "The conditions are an array.", [1], M),
    ("pow-058", "POL-3", "A critical key that nobody knows, and no color: what is malformed comes first.",
     {1: [], 32: 0}, M),
]:  # fmt: skip
    attack = [15] if outcome == U else ()
    offered(TOPIC, identifier, clause, comment, policy({1: "rule", 2: when, 3: 0}), outcome, attack=attack)

scale = [names(f"{n} 级", f"level {n}") for n in range(1, 7)]
HUBEI = ["CN-42", 5]
content: Any
for identifier, comment, content, outcome in [
    ("pom-001", "A map, with all that is required.", {4: DROP}, A),
    ("pom-002", "A map of one region.", {}, A),
    ("pom-003", "It has no names.", {1: DROP}, M),
    ("pom-004", "It has no zone.", {2: DROP}, M),
    ("pom-005", "Its zone is 14 hours and a minute ahead of UTC.", {2: 841}, M),
    ("pom-006", "Level 0 for all other regions.", {3: 0}, M),
    ("pom-007", "Level 6 for all other regions.", {3: 6}, M),
    ("pom-008", "Level 1 for all other regions.", {3: 1}, A),
    ("pom-009", "It has an empty array of entries.", {4: []}, M),
    ("pom-010", "An entry has level 0.", {4: [["CN-42", 0]]}, M),
    ("pom-011", "An entry has level 6.", {4: [["CN-42", 6]]}, M),
    ("pom-012", "An entry has no level.", {4: [["CN-42"]]}, M),
    ("pom-013", "An entry has a fourth element.", {4: [["CN-42", 5, 0, 0]]}, M),
    ("pom-014", "An entry is of what is no region.", {4: [["CN-42.WJW", 5]]}, M),
    ("pom-015", "An entry counts from the first day.", {4: [[*HUBEI, 0]]}, A),
    ("pom-016", "An entry counts from the last day.", {4: [[*HUBEI, MAX_DAY]]}, A),
    ("pom-017", "An entry counts from what is no day.", {4: [[*HUBEI, MAX_DAY + 1]]}, M),
    ("pom-018", "An entry counts from a negative day.", {4: [[*HUBEI, -1]]}, M),
    ("pom-019", "Two regions stand in the wrong order.", {4: [HUBEI, ["CN-33", 1]]}, M),
    ("pom-020", "Two entries have one region, and no since.", {4: [HUBEI, ["CN-42", 4]]}, M),
    ("pom-021", "Two entries have one region and since.", {4: [[*HUBEI, 9], ["CN-42", 4, 9]]}, M),
    ("pom-022", "An entry without a since stands after one with it.", {4: [[*HUBEI, 0], HUBEI]}, M),
    ("pom-023", "Three entries of one region.", {4: [HUBEI, ["CN-42", 4, 0], ["CN-42", 3, 9]]}, A),
    ("pom-024", "Its scale has five names.", {5: scale[:5]}, A),
    ("pom-025", "Its scale has four names.", {5: scale[:4]}, M),
    ("pom-026", "Its scale has six names.", {5: scale}, M),
    ("pom-027", "A name of its scale turns the direction of what follows.",
     {5: [*scale[:4], names("高\u202e", "high")]}, M),
    ("pom-028", "A key 6, which is critical.", {6: 0}, U),
    ("pom-029", "A key 32, which is ignored.", {32: 0}, A),
]:  # fmt: skip
    offered(
        MAPS, identifier, "MAP-1 DOC-8" if outcome == U else "MAP-1", comment, risk_map(content=content), outcome
    )
