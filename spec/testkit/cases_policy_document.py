"""Section 2 of decision.md: the form of policies, POL-3 to POL-5, one fault after the other."""

from __future__ import annotations

from typing import Any

from documents import CONTENT, DAY, DROP, ENVIRONMENT, EPOCH, VERSION, names
from policies import ADMIT, offered, policy
from topic import IAT, MAX_INT, Topic

TOPIC = Topic("policy-document")
RULES = Topic("policy-rules")
M, U, A = "malformed-document", "unsupported-document", "applied"
OTHER = {1: "other", 2: {}, 3: 3}
ASKED = [["fever", "您发热吗？", "Do you have a fever?"]]


def rule(when: Any = None, then: int = 0, **members: Any) -> dict[int, Any]:
    """Return a rule; a member that is called `_5` is key 5."""
    return {1: "rule", 2: {1: [0]} if when is None else when, 3: then} | {
        int(key[1:]): value for key, value in members.items()
    }


def questions(number: int) -> list[list[str]]:
    """Return so many questions, ascending."""
    return [[f"q{n:02}", "问", "ask"] for n in range(number)]


# The claims.
for identifier, comment, claims, outcome in [
    ("pod-001", "A policy, with all that is required.", {}, A),
    ("pod-002", "It has an epoch: only roots and registries have one.", {EPOCH: 1}, M),
    ("pod-003", "It has a version: only roots and registries have one.", {VERSION: 1}, M),
    ("pod-004", "iss is a region and no office: it is another issuer id.", {1: "CN-33"}, "wrong-authority"),
    ("pod-005", "iss is no issuer id.", {1: "CN-33-01.wjw"}, M),
    ("pod-006", "There is no iss.", {1: DROP}, M),
    ("pod-007", "It holds for 31 days.", {4: IAT + 31 * DAY}, A),
    ("pod-008", "It holds for 31 days and a second.", {4: IAT + 31 * DAY + 1}, M),
    ("pod-009", "It expires when it is signed.", {4: IAT}, M),
    ("pod-010", "There is no environment.", {ENVIRONMENT: DROP}, M),
    ("pod-011", "A claim 7, which is critical.", {7: 0}, U),
    ("pod-012", "A claim 32, which is ignored.", {32: 0}, A),
    ("pod-013", "content is an array.", {CONTENT: [1]}, M),
]:
    offered(TOPIC, identifier, "POL-2 DOC-9", comment, policy(claims=claims), outcome)

# The policy: names, zone, questions, places, maps.
offices = [f"CN-33-{n:02}.WJW" for n in range(1, 18)]
content: Any
for identifier, comment, content, outcome in [
    ("pod-020", "It has no names.", {1: DROP}, M),
    ("pod-021", "It has no English name.", {1: {1: "入城规则"}}, M),
    ("pod-022", "Its name turns the direction of what follows.", {1: names("入城\u202e规则", "Entry")}, M),
    ("pod-023", "It has no zone.", {2: DROP}, M),
    ("pod-024", "Its zone is 12 hours behind UTC.", {2: -720}, A),
    ("pod-025", "Its zone is 12 hours and a minute behind UTC.", {2: -721}, M),
    ("pod-026", "Its zone is 14 hours ahead of UTC.", {2: 840}, A),
    ("pod-027", "Its zone is 14 hours and a minute ahead of UTC.", {2: 841}, M),
    ("pod-028", "Its zone is the largest number that there is.", {2: MAX_INT}, M),
    ("pod-029", "Its zone is the smallest number that there is.", {2: -MAX_INT}, M),
    ("pod-030", "Its zone is a text.", {2: "480"}, M),
    ("pod-031", "It has an empty array of questions.", {3: []}, M),
    ("pod-032", "It has 16 questions.", {3: questions(16)}, A),
    ("pod-033", "It has 17 questions.", {3: questions(17)}, M),
    ("pod-034", "Two questions stand in the wrong order.", {3: questions(2)[::-1]}, M),
    ("pod-035", "Two questions have one name.", {3: questions(1) * 2}, M),
    ("pod-036", "A question has no English text.", {3: [["fever", "您发热吗？"]]}, M),
    ("pod-037", "A question has a fourth element.", {3: [[*ASKED[0], 1]]}, M),
    ("pod-038", "The name of a question has a capital letter.", {3: [["Fever", "问", "ask"]]}, M),
    ("pod-039", "A question is empty in Chinese.", {3: [["fever", "", "ask"]]}, M),
    ("pod-040", "A question turns the direction of what follows.", {3: [["fever", "问\u2066", "ask"]]}, M),
    ("pod-041", "It has an empty array of places.", {4: []}, M),
    ("pod-042", "It has 16 places.", {4: [f"p{n:02}" for n in range(16)]}, A),
    ("pod-043", "It has 17 places.", {4: [f"p{n:02}" for n in range(17)]}, M),
    ("pod-044", "Two places stand in the wrong order.", {4: ["mall", "bus"]}, M),
    ("pod-045", "A place stands twice.", {4: ["bus", "bus"]}, M),
    ("pod-046", "The name of a place has 32 characters.", {4: ["a" * 32]}, A),
    ("pod-047", "The name of a place has 33 characters.", {4: ["a" * 33]}, M),
    ("pod-048", "The name of a place begins with a digit.", {4: ["1st"]}, M),
    ("pod-049", "The name of a place has an underscore.", {4: ["bus_stop"]}, M),
    ("pod-050", "The name of a place is empty.", {4: [""]}, M),
    ("pod-051", "It has no rules.", {5: DROP}, M),
    ("pod-052", "It has an empty array of rules.", {5: []}, M),
    ("pod-053", "It has 64 rules.", {5: [{**ADMIT, 1: f"r{n}"} for n in range(64)]}, A),
    ("pod-054", "It has 65 rules.", {5: [{**ADMIT, 1: f"r{n}"} for n in range(65)]}, M),
    ("pod-055", "Two rules have one id.", {5: [ADMIT, ADMIT]}, M),
    ("pod-056", "It names an empty array of maps.", {6: []}, M),
    ("pod-057", "It names 16 maps, in an order of its own.", {6: offices[:16][::-1]}, A),
    ("pod-058", "It names 17 maps.", {6: offices}, M),
    ("pod-059", "It names an office's map twice.", {6: [offices[0], offices[0]]}, M),
    ("pod-060", "It names the map of what is no office.", {6: ["CN-33-00.WJW"]}, M),
    ("pod-061", "A key 7, which is critical.", {7: 0}, U),
    ("pod-062", "A key 32, which is ignored.", {32: [{}]}, A),
    ("pod-063", "A negative key.", {-1: 0}, M),
    ("pod-064", "A rule is an array.", {5: [[]]}, M),
    ("pod-065", "A critical key, and a zone that is none: what is malformed comes first.", {7: 0, 2: 841}, M),
]:
    offered(TOPIC, identifier, "POL-3", comment, policy(content=content), outcome)

# A rule.
far = {3: 7, 1: 5}
for identifier, clause, comment, rules, outcome in [
    ("por-001", "POL-3", "A rule has no id.", [{2: {}, 3: 0}], M),
    ("por-002", "POL-3", "The id of a rule is a number.", [{1: 1, 2: {}, 3: 0}], M),
    ("por-003", "POL-3", "A rule has no when.", [{1: "rule", 3: 0}], M),
    ("por-004", "POL-3", "A rule has an empty when: it always holds.", [rule({})], A),
    ("por-005", "POL-3", "A rule has no then.", [{1: "rule", 2: {}}], M),
    ("por-006", "POL-5", "A rule has an action that nobody knows.", [rule(then=5)], U),
    ("por-007", "POL-3", "The action is negative.", [rule(then=-1)], M),
    ("por-008", "POL-3", "A rule has an empty array of duties.", [rule(_4=[])], M),
    ("por-009", "POL-3", "Two duties stand in the wrong order.", [rule(_4=[1, 0])], M),
    ("por-010", "POL-5", "A rule has a duty that nobody knows.", [rule(_4=[0, 5])], U),
    ("por-011", "POL-3", "A rule has nine duties.", [rule(_4=list(range(9)))], M),
    ("por-012", "POL-4.1", "Quarantine at home has days.", [rule(then=1, _5=90)], A),
    ("por-013", "POL-4.1", "Quarantine at home has no days.", [rule(then=1)], M),
    ("por-014", "POL-4.1", "Central quarantine has no days.", [rule(then=2)], M),
    ("por-015", "POL-4.1", "Who is monitored has days.", [rule(_4=[4], _5=1)], A),
    ("por-016", "POL-4.1", "Who is monitored has no days.", [rule(_4=[4])], M),
    ("por-017", "POL-4.1", "Who is admitted has days.", [rule(_5=7)], M),
    ("por-018", "POL-4.1", "Who is turned back has days.", [rule(then=3, _5=7)], M),
    ("por-019", "POL-3", "No days.", [rule(then=1, _5=0)], M),
    ("por-020", "POL-3", "91 days.", [rule(then=1, _5=91)], M),
    ("por-021", "POL-4.2", "Days count from a departure.", [rule({7: {3: 7}}, then=1, _5=7, _6=1)], A),
    ("por-022", "POL-4.2", "Days count from a departure, and none is meant.", [rule(then=1, _5=7, _6=1)], M),
    ("por-023", "POL-4.2", "Days would be over before they begin.", [rule({7: {3: 8}}, then=1, _5=7, _6=1)], M),
    ("por-024", "POL-4.2", "Nothing counts from a departure.", [rule({7: {3: 7}}, _6=1)], M),
    ("por-025", "POL-5", "Days count from what nobody knows.", [rule(then=1, _5=7, _6=2)], U),
    ("por-026", "POL-4.3", "A rule holds for a second.", [rule(_7=IAT, _8=IAT + 1)], A),
    ("por-027", "POL-4.3", "A rule ends when it begins.", [rule(_7=IAT, _8=IAT)], M),
    ("por-028", "POL-4.3", "A rule ends, and another begins.", [rule(_8=IAT), {**rule(_7=IAT), 1: "next"}], A),
    ("por-029", "POL-3", "A rule begins at what is no time.", [rule(_7=-1)], M),
    ("por-030", "POL-5", "A rule has an unknown that nobody knows.", [rule(_9=3)], U),
    ("por-031", "POL-4.4", "Where no level is known, it is taken to hold.", [rule({7: far}, _9=1)], A),
    ("por-032", "POL-4.4", "A document that nobody compared is taken for the holder's.", [rule({13: 1}, _9=1)], M),
    ("por-033", "POL-4.4", "A place that is not set is taken for this one.", [rule({16: ["bus"]}, _9=2)], M),
    ("por-034", "POL-4.6", "A rule stands after one that always holds.", [rule({}), OTHER], M),
    ("por-035", "POL-4.6", "A rule after one that holds for all in its time.", [rule({}, _8=IAT), OTHER], A),
    ("por-036", "POL-3", "What to say has no Chinese text.", [rule(_10={2: "Go on."})], M),
    ("por-037", "POL-3", "What to say in both languages.", [rule(_10=names("请通过。", "Go on."))], A),
    ("por-038", "POL-5", "A key 11 of a rule, which is critical.", [rule(_11=0)], U),
    ("por-039", "POL-3", "A key 32 of a rule, which is ignored.", [rule(_32=0)], A),
]:  # fmt: skip
    offered(RULES, identifier, clause, comment, policy(*rules), outcome)

# What a rule asks, and what the policy declares.
for identifier, comment, when, outcome in [
    ("por-050", "A question that the policy declares.", {14: ["fever"]}, A),
    ("por-051", "A question that the policy does not declare.", {14: ["cough"]}, M),
    ("por-052", "A question that the policy does not declare, to be denied.", {15: ["cough"]}, M),
    ("por-053", "A question that is to be answered yes and no.", {14: ["fever"], 15: ["fever"]}, M),
    ("por-054", "A place that the policy has.", {16: ["bus"]}, A),
    ("por-055", "A place that the policy does not have.", {16: ["mall"]}, M),
]:
    what = policy(rule(when), content={3: ASKED, 4: ["bus"]})
    offered(RULES, identifier, "POL-4.5", comment, what, outcome)
offered(
    RULES,
    "por-056",
    "POL-4.4",
    "A question that nobody answered is taken to be answered yes.",
    policy(rule({14: ["fever"]}, _9=1), content={3: ASKED}),
    M,
)
