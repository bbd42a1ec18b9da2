"""Rule ISS-9: what an issuer derives for an order of a run."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from topic import Topic

TOPIC: Final = Topic("run")
SECRET: Final = hashlib.sha256(b"healthpass test run").digest()
OTHER: Final = hashlib.sha256(b"healthpass test run of another night").digest()
DAY: Final = 86_400
HOUR: Final = 3_600


def derived(secret: bytes, ref: str, lifetime: int, jitter: int) -> dict[str, str | int]:
    """Return what comes of an order (ISS-9)."""
    cti, opening, n = (
        hmac.digest(secret, f"healthpass-run-{label}-v1{ref}".encode("ascii"), "sha256")
        for label in ("cti", "opening", "jitter")
    )
    shorter = int.from_bytes(n[:8], "big") % (jitter + 1)
    return {"cti": cti[:12].hex(), "r": opening[:16].hex(), "lifetime": lifetime - shorter}


def good(
    identifier: str,
    clause: str,
    comment: str,
    ref: str,
    *,
    secret: bytes = SECRET,
    lifetime: int = DAY,
    jitter: int = HOUR,
    attack: int | None = None,
) -> None:
    """Add an order that has a code."""
    given = {"secret": secret.hex(), "ref": ref, "lifetime": lifetime, "jitter": jitter}
    attacks = [] if attack is None else [attack]
    expect = derived(secret, ref, lifetime, jitter)
    TOPIC.add("derive", identifier, clause, attacks, comment, **given, expect=expect)


def refused(
    identifier: str,
    part: str,
    comment: str,
    ref: str = "order-1",
    *,
    secret: bytes = SECRET,
    lifetime: int = DAY,
    jitter: int = HOUR,
) -> None:
    """Add an order that has none."""
    given = {"secret": secret.hex(), "ref": ref, "lifetime": lifetime, "jitter": jitter}
    TOPIC.add("derive", identifier, part, [], comment, **given, expect="refused")


good("run-001", "ISS-9", "An order of a run.", "order-1", attack=59)
good("run-002", "ISS-9", "The next order: nothing of it is like the last one's.", "order-2")
good("run-003", "ISS-9", "The same ref in another run.", "order-1", secret=OTHER)
good("run-004", "ISS-9.2", "Another case is another order.", "Order-1", attack=59)
good("run-005", "ISS-9.2", "A ref of one character, the first that is allowed.", "!")
good("run-006", "ISS-9.2", "A ref of one character, the last that is allowed.", "~")
good("run-007", "ISS-9.2", "The longest ref.", "0123456789" * 20)
good("run-008", "ISS-9.2", "What other programs take apart or decode.", "%61,b;c=\"d\"&e/../f\\n'g'<h>`i`{j}")
good("run-009", "ISS-9.2", "Every character that is allowed.", "".join(map(chr, range(0x21, 0x7F))))
good("run-010", "ISS-9.2", "A number keeps its zeros.", "0001")
good("run-011", "ISS-9.2", "The same number without them is another order.", "1")
good("run-012", "ISS-9", "A ref that goes on as another label would.", "-opening-v1order-1")
good("run-020", "ISS-9", "Without jitter all codes live as long.", "order-1", jitter=0)
good("run-021", "ISS-9", "A jitter of one second.", "order-1", jitter=1)
good("run-022", "ISS-9", "A jitter of one second, and the other of its two values.", "order-2", jitter=1)
good("run-023", "ISS-9.3", "The largest jitter: a code lives for a second at least.", "order-1", jitter=DAY - 1)
good("run-024", "ISS-9.3", "The shortest lifetime.", "order-1", lifetime=1, jitter=0)
good(
    "run-025",
    "ISS-9",
    "A jitter above 2^32: all eight bytes of n count.",
    "order-1",
    lifetime=2**40,
    jitter=2**40 - 2,
)
good("run-026", "ISS-9.1", "A secret of zeros: chance is the issuer's duty.", "order-1", secret=bytes(32))

for identifier, comment, ref in [
    ("run-040", "No ref.", ""),
    ("run-041", "201 characters.", "0123456789" * 20 + "0"),
    ("run-042", "A space alone.", " "),
    ("run-043", "A space in front, as a file of columns leaves it.", " order-1"),
    ("run-044", "A space at the end.", "order-1 "),
    ("run-045", "A space inside.", "order 1"),
    ("run-046", "A newline at the end, which $ of many regular expressions lets pass.", "order-1\n"),
    ("run-047", "A null character.", "order-1\0"),
    ("run-048", "U+007F, beside the last that is allowed.", "order-1\x7f"),
    ("run-049", "A letter with an accent, which Unicode can write in two ways.", "ordr\u00e9-1"),
    ("run-050", "The other way.", "ordre\u0301-1"),
    ("run-051", "Chinese characters.", "\u8ba2\u5355-1"),
    ("run-052", "Full-width digits, which some programs take for the others.", "order-\uff11"),
    ("run-053", "An invisible space in front: the mark of a file of UTF-8.", "\ufefforder-1"),
    ("run-054", "A letter that looks like another, Cyrillic.", "\u043erder-1"),
    ("run-055", "A tab at the end.", "order-1\t"),
]:
    refused(identifier, "ISS-9.2", comment, ref)
refused("run-060", "ISS-9.1", "A secret of 31 bytes.", secret=SECRET[:31])
refused("run-061", "ISS-9.1", "A secret of 33 bytes.", secret=SECRET + b"\0")
refused("run-062", "ISS-9.1", "No secret: everybody can derive what comes of it.", secret=b"")
refused("run-063", "ISS-9.3", "A jitter as long as the lifetime: a code might never be valid.", jitter=DAY)
refused("run-064", "ISS-9.3", "A jitter below zero.", jitter=-1)
refused("run-065", "ISS-9.3", "A lifetime of nothing.", lifetime=0, jitter=0)
