"""What is about the store as a whole: what it keeps over a restart, sources, and calls that are none."""

from __future__ import annotations

from typing import Any

from documents import (
    HANGZHOU,
    OFFICE,
    SH_1,
    SH_ROOT,
    SHANGHAI,
    SHANGHAI_ISSUER,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    entry,
    issuer,
    names,
    recognition,
    registry,
    root,
)
from lists import CLEAN, CODE_LISTED, GONE, INDEX, OPEN, ZJ_LISTING, status_list
from topic import AT, IAT, ISSUER, KEY, MAX_TIME, OTHER_KEY, Topic, table
from worlds import (
    BY_ZHEJIANG,
    CODE,
    ERROR,
    RESTART,
    SHANGHAI_CODE,
    START,
    Step,
    gates,
    mistaken,
    pin,
    refused,
    sources,
    update,
    valid,
    world,
)

TOPIC = Topic("registry-store")
CALLS = Topic("call")
Z, S, H = ZHEJIANG, SHANGHAI, HANGZHOU
identifier: str
clause: str
comment: str
steps: tuple[Step, ...]
members: dict[str, Any]

# UPD-11 and section 6: what a restart leaves.
GONE_OFFICE = issuer(ISSUER, entry(KEY, revoked=[AT, 2]))
ZJ_2 = registry(Z, GONE_OFFICE, after=ZJ_1)
OPENS = root(Z, 2, registry_keys=(2,))
BOTH = registry(Z, OFFICE, recognises=[recognition(SH_ROOT)])
LEFT = registry(Z, OFFICE, after=BOTH)
SH_2 = registry(S, after=SH_1)
FRESH = root(Z, 5, keys=(7, 8, 9), registry_keys=(7,))
NEWER = status_list({}, iat=IAT + 60)
restarts: list[tuple[str, str, str, list[int], tuple[Step, ...]]] = [
    ("rst-001", "UPD-1 UPD-11", "Anchors, roots and registry are kept.", [],
     (*START, RESTART, valid(), update(ZJ_ROOT, ZJ_1, told=["0 CN-33 unchanged", "1 CN-33 unchanged"]))),
    ("rst-002", "UPD-7.4 UPD-11", "What was revoked stays so, and no older registry comes back.", [1, 27],
     (*START, update(ZJ_2), RESTART, refused("key-revoked"), update(ZJ_1, told=["0 CN-33 rollback"]),
      refused("key-revoked"))),
    ("rst-003", "UPD-7.5 UPD-11", "The next registry is compared with the one that was kept.", [27],
     (*START, update(ZJ_2), RESTART,
      update(registry(Z, OFFICE, after=ZJ_2), told=["0 CN-33 revocation-undone"]), refused("key-revoked"))),
    ("rst-004", "UPD-6 UPD-11", "Another pin is kept, also before its root has come.", [],
     (*START, pin(FRESH), RESTART, refused("registry-stale"), update(ZJ_ROOT, told=["0 unknown-signer"]),
      update(FRESH), refused("registry-stale"))),
    ("rst-005", "UPD-7 UPD-11", "A held registry that is not usable stays so.", [52],
     (*START, update(OPENS, told=["0 CN-33 applied epoch-opened"]), RESTART, refused("registry-stale"),
      update(registry(Z, OFFICE, epoch=2, by=[2])), valid())),
    ("rst-006", "UPD-7.4 UPD-11", "A pin leads back to an epoch that is over: its versions are remembered.",
     [1],
     (*START, update(ZJ_2), update(OPENS, told=["0 CN-33 applied epoch-opened"]),
      update(registry(Z, OFFICE, epoch=2, by=[2])), RESTART, pin(root(Z, keys=(7, 8, 9))),
      update(root(Z, keys=(7, 8, 9)), ZJ_1, told=["0 CN-33 applied", "1 CN-33 rollback"]),
      refused("registry-stale"))),
    ("rst-007", "UPD-12 UPD-11", "A state that the anchor recognises no more is kept, and goes on where it was.",
     [1],
     (*gates((ZJ_ROOT, BOTH), others=(SH_ROOT, SH_1)), update(SH_2, told=["0 CN-33 CN-31 applied"]),
      update(LEFT), RESTART,
      update(registry(Z, OFFICE, after=LEFT, recognises=[recognition(SH_ROOT)])), RESTART,
      update(SH_1, SH_2, told=["0 CN-33 CN-31 rollback", "1 CN-33 CN-31 unchanged"]),
      refused("unknown-key", SHANGHAI_CODE))),
    ("rst-008", "PTH-11 UPD-12 UPD-11", "The times of acceptance are kept, and with them the clock floor.", [22],
     (pin(ZJ_ROOT), update(ZJ_ROOT, registry(Z, OFFICE, iat=AT + 900), at=AT + 500), RESTART,
      refused("clock-suspect", at=AT + 439), valid(at=AT + 440))),
    ("rst-009", "STL-8 STL-11 UPD-11", "A list is kept.", [],
     (*OPEN, update(CLEAN), RESTART, valid(text=CODE_LISTED, issued=IAT),
      update(CLEAN, told=["0 CN-33 unchanged"]))),
    ("rst-010", "STL-8.6 UPD-11", "A withdrawn code stays withdrawn, and no older list comes back.", [1],
     (*OPEN, update(NEWER), update(status_list({INDEX: 1}, iat=IAT + 61)), RESTART,
      refused("revoked", CODE_LISTED), update(NEWER, told=["0 CN-33 rollback"]), refused("revoked", CODE_LISTED))),
    ("rst-011", "STL-8.7 UPD-11", "Another list of the time of the one that was kept.", [26],
     (*OPEN, update(GONE), RESTART, update(CLEAN, told=["0 CN-33 equivocation"]),
      refused("revoked", CODE_LISTED))),
    ("rst-012", "PTH-3 UPD-11", "Each anchor's state is kept: the owner of the name speaks.", [],
     (*gates((ZJ_ROOT, ZJ_1), (root(H), registry(H))), RESTART, refused("unknown-key"))),
]  # fmt: skip
for identifier, clause, comment, rows, steps in restarts:
    world(TOPIC, identifier, clause, comment, *steps, attack=rows)

# UPD-10: sources.
given: list[tuple[str, str, str, list[int], tuple[Step, ...]]] = [
    ("rst-020", "UPD-10 UPD-2", "Root and registry in two bundles, the registry first.", [],
     (pin(ZJ_ROOT), sources([ZJ_1], [ZJ_ROOT], told=["0 CN-33 applied", "1 CN-33 applied"]), valid())),
    ("rst-021", "UPD-10 BDL-2", "The first bundle breaks off: the second counts.", [6, 55],
     (pin(ZJ_ROOT),
      sources([ZJ_ROOT, b"\0", ZJ_1], [ZJ_1],
              told=["0 CN-33 applied", "1 malformed-envelope", "2 CN-33 applied"]), valid())),
    ("rst-022", "UPD-10", "Empty bundles around one.", [6, 55],
     (pin(ZJ_ROOT), sources([], [ZJ_ROOT, ZJ_1], [], told=["0 CN-33 applied", "1 CN-33 applied"]), valid())),
    ("rst-023", "UPD-10 UPD-2", "The same documents in two bundles.", [],
     (pin(ZJ_ROOT),
      sources([ZJ_ROOT, ZJ_1], [ZJ_ROOT, ZJ_1],
              told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 unchanged", "3 CN-33 unchanged"]), valid())),
    ("rst-024", "UPD-10 UPD-2", "An older registry stands in a later bundle.", [1],
     (*START, sources([ZJ_2], [ZJ_1], told=["0 CN-33 applied", "1 CN-33 rollback"]), refused("key-revoked"))),
    ("rst-025", "UPD-10 UPD-2", "A document cut in two is none.", [6],
     (pin(ZJ_ROOT),
      sources([ZJ_ROOT.data[:100]], [ZJ_ROOT.data[100:]], told=["0 malformed-envelope", "1 malformed-envelope"]),
      refused("registry-stale"))),
    ("rst-026", "UPD-10 UPD-2 STL-8",
     "A list in the first bundle, its registry in the second, the root in a third.",
     [],
     (OPEN[0], sources([CLEAN], [ZJ_LISTING], [root(Z, keys=(1,), threshold=1)],
                       told=["0 CN-33 applied", "1 CN-33 applied", "2 CN-33 applied"]),
      valid(text=CODE_LISTED, issued=IAT))),
    ("rst-027", "UPD-10 UPD-2", "Two regions in two bundles, the anchor's last.", [],
     (pin(ZJ_ROOT),
      sources([SH_1, SH_ROOT], [BOTH, ZJ_ROOT],
              told=["0 CN-33 CN-31 applied", "1 CN-33 CN-31 applied", "2 CN-33 applied", "3 CN-33 applied"]),
      valid(BY_ZHEJIANG, SHANGHAI_CODE))),
]  # fmt: skip
for identifier, clause, comment, rows, steps in given:
    world(TOPIC, identifier, clause, comment, *steps, attack=rows)

# Section 6: pins of a wrong form are errors of the call, and change nothing.
wrong_pins: list[tuple[str, str, dict[str, Any]]] = [
    ("rst-040", "The version of a pin is 0.", {"version": 0}),
    ("rst-041", "The version of a pin is negative.", {"version": -1}),
    ("rst-042", "The version of a pin is 2^53.", {"version": 2**53}),
    ("rst-043", "The hash of a pin has 31 bytes.", {"hash": "00" * 31}),
    ("rst-044", "The hash of a pin has 33 bytes.", {"hash": "00" * 33}),
    ("rst-045", "The hash of a pin is empty.", {"hash": ""}),
    ("rst-046", "A pin of an issuer.", {"authority": ISSUER}),
    ("rst-047", "A pin of a region in small letters.", {"authority": "cn-33"}),
    ("rst-048", "A pin of nobody.", {"authority": ""}),
]
for identifier, comment, members in wrong_pins:
    world(TOPIC, identifier, "UPD-6", comment, *START, mistaken(pin(FRESH), **members), valid())
for identifier, comment, environment in [
    ("rst-050", "An environment in capitals.", "Production"),
    ("rst-051", "An environment without a name.", ""),
    ("rst-052", "An environment of 33 characters.", "a" * 33),
    ("rst-053", "An environment that starts with a digit.", "2026-test"),
    ("rst-054", "An environment with a space.", "pro duction"),
    ("rst-055", "An environment with a letter that is none of ASCII.", "prod\u00fcction"),
]:
    world(TOPIC, identifier, "DOC-10", f"{comment} No such store can be made.", environment=environment)
    if identifier != "rst-051":
        name = f"rst-{int(identifier[4:]) + 10:03d}"
        told = f"{comment} Nobody can ask for it."
        world(TOPIC, name, "DOC-10 PTH-8", told, *START, mistaken(valid(), environment=environment), valid())
wrong_calls: list[tuple[str, str, str, dict[str, Any]]] = [
    ("rst-070", "STL-12", "A grace of 7 days and a second.", {"grace": 604_801}),
    ("rst-071", "STL-12", "A grace that is negative.", {"grace": -1}),
    ("rst-072", "VER-12", "A skew of 301 seconds.", {"skew": 301}),
    ("rst-073", "VER-8 STL-12", "`revoked` cannot be waived.", {"waive": ["revoked"]}),
    ("rst-074", "VER-8 PTH-8", "`key-revoked` cannot be waived.", {"waive": ["registry-stale", "key-revoked"]}),
    ("rst-075", "VER-8 PTH-5", "`not-recognised` cannot be waived.", {"waive": ["not-recognised"]}),
]
for identifier, clause, comment, members in wrong_calls:
    answer = refused("revoked", CODE_LISTED)
    world(TOPIC, identifier, clause, comment, *OPEN, update(GONE), mistaken(answer, **members), answer)

# PTH-13 and REG-5: the names that a gate shows.
GUEST = registry(S, issuer(SHANGHAI_ISSUER, entry(OTHER_KEY)), content={1: names("浙江省", "Zhejiang")})
AS_SHANGHAI = recognition(SH_ROOT, changes={7: names("上海市", "Shanghai")})
HOST = registry(Z, OFFICE, recognises=[AS_SHANGHAI], content={1: names("浙江省", "Zhejiang")})
world(
    TOPIC,
    "rst-080",
    "PTH-13 REG-5",
    "A guest calls itself Zhejiang in its own registry: the gate shows the name that its recogniser gives it.",
    *gates((ZJ_ROOT, HOST), others=(SH_ROOT, GUEST)),
    valid(
        BY_ZHEJIANG,
        SHANGHAI_CODE,
        shown={"anchor": names("浙江省", "Zhejiang"), "authority": names("上海市", "Shanghai"), "issuer": names()},
    ),
    valid(shown={"anchor": (own := names("浙江省", "Zhejiang")), "authority": own, "issuer": names()}),
)
world(
    TOPIC,
    "rst-081",
    "PTH-13 REG-5",
    "An authority that is an anchor and is recognised too: on its own path it has the names of its registry.",
    *gates((SH_ROOT, GUEST)),
    valid(
        f"CN-31 {SHANGHAI_ISSUER}",
        SHANGHAI_CODE,
        shown={"anchor": own, "authority": own, "issuer": names()},
    ),
)

# VER-4, VER-8, VER-12 of credential.md: calls that are none.
PINNED = [{"issuer": ISSUER, "public_key": KEY.public.hex()}]


def call(identifier: str, clause: str, comment: str, **members: object) -> None:
    """Add a code that cannot be judged, for the call is wrong."""
    given = {"at": AT, "keys": PINNED, "text": CODE, **members}
    CALLS.add("verify", identifier, clause, [], comment, **given, expect=ERROR)


call("cal-001", "VER-12", "A skew of 301 seconds.", skew=301)
call("cal-002", "VER-12", "A skew that is negative.", skew=-1)
call("cal-003", "VER-12", "A skew of a day.", skew=86_400)
call("cal-004", "VER-8", "`expired` cannot be waived.", waive=["expired"])
call("cal-005", "VER-8", "`bad-signature` cannot be waived.", waive=["bad-signature"])
call("cal-006", "VER-8", "One of two verdicts can be waived.", waive=["status-unknown", "unknown-key"])
call("cal-007", "VER-8", "No verdict has this name.", waive=["status_unknown"])
call("cal-008", "VER-8", "`valid` cannot be waived.", waive=["valid"])
call("cal-009", "VER-8", "A text that is none comes after the call.", waive=["expired"], text="HP1:")
call("cal-010", "VER-4", "One public key for two issuers.",
     keys=[*PINNED, {"issuer": "CN-33-02.WJW", "public_key": KEY.public.hex()}])  # fmt: skip
call("cal-011", "VER-4 SIG-1", "The identity is pinned.",
     keys=[*PINNED, {"issuer": ISSUER, "public_key": "01" + "00" * 31}])  # fmt: skip
call("cal-012", "VER-4 SIG-2", "A published key is pinned.",
     keys=[*PINNED, {"issuer": ISSUER, "public_key": table("published-keys")[0]["public_key"]}])  # fmt: skip
call("cal-013", "VER-4", "A key is pinned for what is no issuer id.",
     keys=[{"issuer": "CN-33.", "public_key": KEY.public.hex()}])  # fmt: skip
call("cal-014", "VER-12", "The time is negative.", at=-1)
call("cal-015", "VER-12", "The time is later than times are.", at=MAX_TIME + 1)
