"""Presentations judged with a signed registry: the path of the credential inside, and which step comes first."""

from __future__ import annotations

from typing import Any

from documents import (
    OFFICE,
    SH_1,
    SH_ROOT,
    SHANGHAI_ISSUER,
    ZHEJIANG,
    ZJ_ROOT,
    entry,
    issuer,
    recognition,
    registry,
)
from encode import seal
from topic import AT, GREEN, ISSUER, KEY, NONCE, OPENING, OTHER_KEY, STATUS, Topic, bound, present
from worlds import BY_ZHEJIANG, START, gates, pin, refused, update, valid, world

TOPIC = Topic("registry-presentation")
ASKED: dict[str, Any] = {"nonce": NONCE.hex()}
STALE = present({6: AT - 61, 10: NONCE}).text

theirs = seal(bound({1: SHANGHAI_ISSUER}), OTHER_KEY)
answered = present({6: AT - 5, 10: NONCE, -65538: OPENING}, credential=theirs).text
world(
    TOPIC,
    "rpr-001",
    "PRS-7 VER-7 PTH-1 PTH-13",
    "A code of a recognised authority, shown with the nonce that the gate asked for, and with another.",
    *gates(
        (ZJ_ROOT, registry(ZHEJIANG, OFFICE, recognises=[recognition(SH_ROOT)])),
        others=(SH_ROOT, SH_1),
    ),
    valid(BY_ZHEJIANG, answered, **ASKED, showing={6: AT - 5, 10: NONCE, -65538: OPENING}),
    refused("presentation-mismatch", answered, nonce=NONCE[::-1].hex()),
    refused("presentation-mismatch", answered),
    refused("presentation-required", theirs.text, **ASKED),
    attack=[41],
)
listed = seal(bound(health={**GREEN, 7: STATUS}), KEY)
late = present({6: AT - 61, 10: NONCE}, credential=listed).text
world(
    TOPIC,
    "rpr-002",
    "VER-1 PRS-8 STL-11",
    "No list answers, and the showing is stale: step 13 before 14. A showing in time, where the list is waived.",
    *START,
    refused("status-unknown", late, **ASKED),
    refused("presentation-stale", late, **ASKED, waive=["status-unknown"]),
    valid(
        text=present({6: AT, 10: NONCE}, credential=listed).text,
        **ASKED,
        waive=["status-unknown"],
        waived=["status-unknown"],
        showing={6: AT, 10: NONCE},
    ),
)
world(
    TOPIC,
    "rpr-003",
    "PTH-8 PRS-8 VER-1",
    "The key of the credential is revoked, however well and however badly the device shows it: step 8 before 14.",
    pin(ZJ_ROOT),
    update(ZJ_ROOT, registry(ZHEJIANG, issuer(ISSUER, entry(KEY, revoked=[AT, 2])))),
    refused("key-revoked", present({6: AT, 10: NONCE}).text, **ASKED),
    refused("key-revoked", STALE, **ASKED),
    refused("key-revoked", present().text, **ASKED),
    attack=[27],
)
