"""Section 9 of presentation.md: what a key is trusted for. The lifetime of every credential here is a day."""

from __future__ import annotations

from typing import Any

from encode import seal
from topic import (
    AT,
    EXP,
    GREEN,
    IAT,
    KEY,
    MAX_TIME,
    STATUS,
    UNLISTED_KEY,
    YELLOW,
    Json,
    Topic,
    bound,
    claims,
    green,
    present,
)

TOPIC = Topic("scope")
DAY = EXP - IAT
SCOPE: Json = {
    "colors": [0, 1, 2],
    "max_lifetime": DAY,
    "max_bearer_lifetime": DAY,
    "max_lifetime_without_status": DAY,
}
WAIVED: dict[str, Any] = {"waive": ["status-unknown", "presentation-required"]}
WITH_STATUS = {**GREEN, 7: STATUS}
RED = {**YELLOW, 1: 2}


def without(*names: str) -> Json:
    """Return the scope without some of its members."""
    return {name: limit for name, limit in SCOPE.items() if name not in names}


given: Any
options: Any
what: Any
bearer, status = "max_bearer_lifetime", "max_lifetime_without_status"
for identifier, clause, comment, given, scope, options in [
    ("scp-001", "SCP-1 SCP-2 SCP-3 SCP-4", "A lifetime of exactly what each limit allows.", claims(), SCOPE, {}),
    (
        "scp-002",
        "SCP-1",
        "Yellow, where yellow alone is allowed.",
        claims(health=YELLOW),
        SCOPE | {"colors": [1]},
        {},
    ),
    ("scp-003", "SCP-1", "Red, where red is allowed.", claims(health=RED), SCOPE | {"colors": [2, 0]}, {}),
    (
        "scp-004",
        "SCP-3",
        "No bearer codes, and a bound one; its presentation is waived.",
        bound(),
        SCOPE | {bearer: 0},
        WAIVED,
    ),
    ("scp-005", "SCP-3", "The same where the member is absent.", bound(), without(bearer), WAIVED),
    (
        "scp-006",
        "SCP-4",
        "Status is asked for, and there is one; its list is waived.",
        green({7: STATUS}),
        SCOPE | {status: 0},
        WAIVED,
    ),
    ("scp-007", "SCP-4", "The same where the member is absent.", green({7: STATUS}), without(status), WAIVED),
    ("scp-008", "SCP-2", "One second less than max_lifetime.", claims({4: EXP - 1}), SCOPE, {}),
]:
    TOPIC.good(identifier, clause, comment, given, scope=scope, **options)
longest = dict.fromkeys(without("colors"), MAX_TIME)
TOPIC.good(
    "scp-009",
    "SCP-2 SCP-3 SCP-4",
    "The longest lifetime there is, at limits of just as much.",
    claims({4: MAX_TIME, 5: 0}),
    scope=SCOPE | longest,
)
century = claims({4: EXP + 100 * 365 * DAY}, health=RED)
TOPIC.good("scp-010", "VER-4", "No scope grants everything: red for a hundred years.", century)
TOPIC.shown("scp-011", "SCP-3", "No bearer codes, and a presentation.", {6: AT}, scope=SCOPE | {bearer: 0})
TOPIC.shown(
    "scp-012",
    "SCP-3 SCP-4",
    "Neither bearer codes nor such without status, and a presentation of one with status.",
    {6: AT},
    given=bound(health=WITH_STATUS),
    scope=without(bearer, status),
    **WAIVED,
)

bad = "out-of-scope"
for identifier, clause, comment, given, scope in [
    ("scp-020", "SCP-1", "Green, where yellow and red are allowed.", claims(), SCOPE | {"colors": [1, 2]}),
    ("scp-021", "SCP-1", "Yellow, where green is allowed.", claims(health=YELLOW), SCOPE | {"colors": [0]}),
    (
        "scp-022",
        "SCP-1",
        "Red, where green and yellow are allowed.",
        claims(health=RED),
        SCOPE | {"colors": [0, 1]},
    ),
    ("scp-023", "SCP-1", "Green, where no colour is allowed.", claims(), SCOPE | {"colors": []}),
    ("scp-024", "SCP-1", "What is absent allows nothing: no colours.", claims(), without("colors")),
    ("scp-030", "SCP-2", "One second more than max_lifetime.", claims(), SCOPE | {"max_lifetime": DAY - 1}),
    (
        "scp-031",
        "SCP-2",
        "A credential of a day and a second.",
        claims({4: EXP + 1}),
        SCOPE | {bearer: 2 * DAY, status: 2 * DAY},
    ),
    ("scp-032", "SCP-2", "A max_lifetime of 0.", claims(), SCOPE | {"max_lifetime": 0}),
    ("scp-033", "SCP-2", "What is absent allows nothing: no max_lifetime.", claims(), without("max_lifetime")),
    (
        "scp-034",
        "SCP-2",
        "It began a second earlier: the lifetime counts, not what is left of it.",
        claims({5: IAT - 1}),
        SCOPE | {bearer: 2 * DAY, status: 2 * DAY},
    ),
    ("scp-040", "SCP-3", "A bearer code, one second more than allowed.", claims(), SCOPE | {bearer: DAY - 1}),
    ("scp-041", "SCP-3", "A bearer code, where 0 forbids them.", claims(), SCOPE | {bearer: 0}),
    ("scp-042", "SCP-3", "What is absent allows nothing: no bearer codes.", claims(), without(bearer)),
    (
        "scp-043",
        "SCP-3",
        "A bearer code with a status, where 0 forbids bearer codes.",
        green({7: STATUS}),
        SCOPE | {bearer: 0},
    ),
    ("scp-050", "SCP-4", "No status, one second more than allowed.", claims(), SCOPE | {status: DAY - 1}),
    ("scp-051", "SCP-4", "No status, where 0 forbids such credentials.", claims(), SCOPE | {status: 0}),
    ("scp-052", "SCP-4", "What is absent allows nothing: none without status.", claims(), without(status)),
    ("scp-060", "SCP-1 SCP-2 SCP-3 SCP-4", "An empty scope, which grants nothing.", claims(), {}),
]:
    attack = [21, 39] if clause == "SCP-2" else [21]
    TOPIC.bad(identifier, bad, clause, comment, given, attack=attack, scope=scope)
TOPIC.bad(
    "scp-053",
    bad,
    "SCP-4",
    "A presentation of a code without status, where 0 forbids such.",
    present(),
    scope=SCOPE | {status: 0},
)
TOPIC.bad(
    "scp-025",
    bad,
    "SCP-1",
    "A presentation of a colour that is not allowed.",
    present(),
    scope=SCOPE | {"colors": [2]},
)
TOPIC.bad(
    "scp-061",
    bad,
    "VER-8 SCP-3",
    "Every waiver there is widens no scope.",
    claims(),
    scope=SCOPE | {bearer: 0},
    waive=["registry-stale", "clock-suspect", *WAIVED["waive"]],
)

# Which verdict wins.
for identifier, verdict, comment, what, options in [
    ("scp-070", "unknown-key", "3 before 10: a key that nobody lists.", seal(claims(), UNLISTED_KEY), {}),
    ("scp-071", "bad-signature", "4 before 10: a bad signature.", seal(claims(), KEY, aad=b""), {}),
    ("scp-072", "malformed-claims", "6 before 10: no cti.", claims(drop=[7]), {}),
    ("scp-073", "unsupported-claim", "6 before 10: the color 3.", green({1: 3}), {}),
    ("scp-074", "issuer-mismatch", "7 before 10: another issuer's name.", claims({1: "CN"}), {}),
    ("scp-075", bad, "10 before 12: expired.", claims(), {"at": EXP}),
    ("scp-076", bad, "10 before 12: not yet valid.", claims(), {"at": IAT - 99}),
    ("scp-077", bad, "10 before 13: a status.", green({7: STATUS}), {}),
    ("scp-078", bad, "10 before 14: a bound code, shown bare.", bound(), {}),
    ("scp-079", bad, "10 before 14: a presentation of an hour ago.", present({6: AT - 3600}), {}),
    ("scp-080", bad, "10 before 14: a presentation by another device.", present(key=UNLISTED_KEY), {}),
]:
    both = f"An empty scope, and another fault. Step {comment}"
    TOPIC.bad(identifier, verdict, "VER-1 SCP-1", both, what, scope={}, **options)
