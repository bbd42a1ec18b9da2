"""Section 12: time, the pinned registry, and what may be waived."""

from __future__ import annotations

from typing import Any

from encode import seal
from topic import (
    AT,
    DEVICE,
    EXP,
    IAT,
    ISSUER,
    KEY,
    OTHER_KEY,
    SECOND_KEY,
    STATUS,
    Topic,
    claims,
    cnf,
    green,
)

TIME, TRUST = Topic("time"), Topic("trust")
options: Any
SKEW = "VER-5 VER-12"  # where the default or the largest difference shows itself
STATUS_LIST, BARE = ["status-unknown"], ["presentation-required"]

# Time.
for identifier, comment, at, options in [
    ("tim-001", "At iat, without a difference of clocks.", IAT, {"skew": 0}),
    ("tim-002", "60 seconds before iat, the difference allowed unless said otherwise.", IAT - 60, {}),
    ("tim-003", "300 seconds before iat, the largest difference.", IAT - 300, {"skew": 300}),
    ("tim-004", "The last second.", EXP - 1, {"skew": 0}),
    ("tim-005", "The last second, with the largest difference.", EXP - 1, {"skew": 300}),
    ("tim-006", "One second before iat, one allowed.", IAT - 1, {"skew": 1}),
]:
    TIME.good(
        identifier,
        SKEW if options.get("skew") in {None, 300} else "VER-5",
        comment,
        claims(),
        at=at,
        attack=[39],
        **options,
    )
for identifier, verdict, comment, at, options in [
    ("tim-010", "not-yet-valid", "One second before iat, none allowed.", IAT - 1, {"skew": 0}),
    ("tim-011", "not-yet-valid", "61 seconds before iat: the default is 60.", IAT - 61, {}),
    ("tim-012", "not-yet-valid", "301 seconds before iat.", IAT - 301, {"skew": 300}),
    ("tim-013", "not-yet-valid", "A code that was made in advance.", IAT - 86400, {}),
    ("tim-014", "not-yet-valid", "At the epoch, a clock that was never set.", 0, {"skew": 300}),
    ("tim-020", "expired", "At exp.", EXP, {"skew": 0}),
    (
        "tim-021",
        "expired",
        "At exp with the largest difference: it is not applied to the end.",
        EXP,
        {"skew": 300},
    ),
    ("tim-022", "expired", "One second after exp.", EXP + 1, {}),
    ("tim-023", "expired", "Years after exp.", EXP + 10**9, {}),
    ("tim-024", "expired", "A difference that is allowed is not waiving.", EXP, {"waive": ["clock-suspect"]}),
]:
    TIME.bad(
        identifier,
        verdict,
        SKEW if options.get("skew") in {None, 300} else "VER-5",
        comment,
        claims(),
        at=at,
        attack=[39],
        **options,
    )

# The pinned registry.
both = ((ISSUER, KEY), (ISSUER, SECOND_KEY), ("CN-31.WJW", OTHER_KEY))
TRUST.good("trs-001", "VER-4", "The first of two keys of an issuer.", claims(), keys=both)
TRUST.good("trs-002", "VER-4", "The second of two keys of an issuer.", claims(), keys=both, signer=SECOND_KEY)
TRUST.good(
    "trs-003",
    "VER-4",
    "Another issuer in the same registry.",
    claims({1: "CN-31.WJW"}),
    keys=both,
    signer=OTHER_KEY,
)
TRUST.good(
    "trs-004",
    "VER-3",
    "The same key for the same issuer listed twice.",
    claims(),
    keys=((ISSUER, KEY), (ISSUER, KEY)),
)
TRUST.good(
    "trs-005", "VER-4 HLT-12", "A residence elsewhere: a pinned registry has no scope.", green({8: "US-CA"})
)

for identifier, comment, keys in [
    ("trs-010", "The registry lists other keys.", both[1:]),
    ("trs-011", "The registry lists the issuer with another key.", ((ISSUER, SECOND_KEY),)),
    ("trs-012", "An empty registry trusts nobody.", ()),
]:
    TRUST.bad(identifier, "unknown-key", "VER-2", comment, claims(), keys=keys)
TRUST.bad(
    "trs-013", "unknown-key", "VER-2 SIG-3", "A kid of zeros finds nothing.", seal(claims(), KEY, kid=bytes(8))
)
TRUST.bad(
    "trs-014",
    "unknown-key",
    "VER-2",
    "The device key of the code is no issuer's key.",
    seal(claims({8: cnf()}), DEVICE),
)

for identifier, comment, iss in [
    ("trs-020", "The key of one issuer signs in the name of another.", "CN-31.WJW"),
    ("trs-021", "The issuer's region, not the issuer.", "CN-33-01"),
    ("trs-022", "A region above the issuer's.", "CN-33.WJW"),
    ("trs-023", "Another office of the same region.", "CN-33-01.CDC"),
    ("trs-024", "A region within the issuer's.", "CN-33-01-06.WJW"),
    ("trs-025", "One character more.", "CN-33-01.WJWA"),
]:
    TRUST.bad(identifier, "issuer-mismatch", "VER-4", comment, claims({1: iss}), keys=both)
TRUST.bad(
    "trs-026",
    "issuer-mismatch",
    "VER-4",
    "A key listed for a region is not good for an office in it.",
    claims(),
    keys=(("CN-33-01", KEY),),
)

# Status, presentation, waiving.
full = claims({8: cnf()}, health={1: 0, 7: STATUS})
TRUST.bad(
    "trs-030",
    "status-unknown",
    "VER-6",
    "A code with a status; a pinned registry knows no lists.",
    green({7: STATUS}),
    attack=[42],
)
TRUST.bad(
    "trs-031",
    "presentation-required",
    "VER-7",
    "A code with a device key, shown bare: a screenshot.",
    claims({8: cnf()}),
    attack=[41],
)
TRUST.good("trs-032", "VER-6 VER-8", "The status is waived.", green({7: STATUS}), waive=STATUS_LIST)
TRUST.good("trs-033", "VER-7 VER-8", "The presentation is waived.", claims({8: cnf()}), waive=BARE)
TRUST.good("trs-034", "VER-8", "Both are waived.", full, waive=[*STATUS_LIST, *BARE])
TRUST.good(
    "trs-035",
    "VER-8",
    "Everything that can be waived is, and nothing would have struck.",
    claims(),
    waive=[*STATUS_LIST, *BARE, "registry-stale", "clock-suspect"],
)
TRUST.bad(
    "trs-036", "presentation-required", "VER-8", "A waived status waives no presentation.", full, waive=STATUS_LIST
)
TRUST.bad("trs-037", "status-unknown", "VER-8", "A waived presentation waives no status.", full, waive=BARE)
for identifier, verdict, comment, what, at, keys in [
    ("trs-038", "expired", "Every waiver there is does not prolong a code.", claims(), EXP, both),
    ("trs-039", "unknown-key", "Every waiver there is brings no key.", claims(), AT, both[1:]),
    ("trs-040", "unsupported-claim", "Every waiver there is explains no critical key.", green({10: 0}), AT, both),
]:
    TRUST.bad(
        identifier,
        verdict,
        "VER-8",
        comment,
        what,
        at=at,
        keys=keys,
        waive=[*STATUS_LIST, *BARE, "registry-stale", "clock-suspect"],
    )
TRUST.bad(
    "trs-041",
    "expired",
    "VER-9.1",
    "An expired code: the answer carries no claim of it.",
    claims(),
    at=EXP,
    attack=[44],
)
TRUST.bad(
    "trs-042",
    "status-unknown",
    "VER-9.1",
    "A code that cannot be judged: the answer carries no claim of it.",
    green({7: STATUS}),
    attack=[44],
)

# What a verdict means to a gate, for programs that say it.
TRUST.good("trs-050", "VER-10", "A code that passes.", claims(), at=AT + 1, outcome="valid")
code: Any
for identifier, verdict, outcome, comment, code, at in [
    ("trs-051", "expired", "not valid", "A code that has expired.", claims(), EXP + 2),
    ("trs-052", "bad-signature", "not valid", "A forged code.", seal(claims(), DEVICE, kid=KEY.kid), AT + 1),
    ("trs-053", "presentation-required", "not valid", "A screenshot.", claims({8: cnf()}), AT + 1),
    ("trs-054", "status-unknown", "cannot judge", "A gate without a status list.", green({7: STATUS}), AT + 1),
]:
    TRUST.bad(
        identifier,
        verdict,
        "VER-10.1" if verdict == "status-unknown" else "VER-10",
        comment,
        code,
        at=at,
        outcome=outcome,
    )
