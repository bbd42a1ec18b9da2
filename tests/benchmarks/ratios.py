"""Measure healthpass as ratios: `python tests/benchmarks/ratios.py`.

Machines differ and are shared, so that a time says little. Each thing is measured beside what it is compared
with, in small batches that take turns; a ratio is the median over the batches. Every code is distinct and nothing
is cached. `--python /usr/bin/python3` measures another Python, in a temporary environment with this checkout, for
which a package index is needed.
"""

import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nacl.bindings

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import BENEATH, another_python, build, clock, compare, heading, parser, row, startups
from benchmarks.typical import AT, KEY, NONCE, issued, jobs, judge, typical
from healthpass import HolderKey, inspect_unverified, present, qr
from healthpass.codec import _base45
from healthpass.presentation import _presentation

LEVELS: Final[tuple[qr.Level, ...]] = ("L", "M", "Q")
HEAVY: Final = ("PIL", "typer", "rich", "httpx", "sqlite3", "qrcode", "zxingcpp")


def importing(count: int) -> None:
    """Measure the import against that of the libraries beneath."""
    # With all its names: each loads its module when it is first asked for; without them it is next to nothing.
    turns = startups("from healthpass import *", BENEATH, count)
    row("`from healthpass import *`, ms", f"{1000 * statistics.median(ours for ours, _ in turns):.0f}")
    ratio = statistics.median(ours / theirs for ours, theirs in turns)
    row("`from healthpass import *` / its three libraries", f"{ratio:.2f}", "<= 1.5")


def presenting(count: int) -> None:
    """Measure presentations against what they rest on: two verifications and a check of the device key."""
    devices = [HolderKey.generate() for _ in range(count)]
    codes = [issued(typical(number), device.public_key) for number, device in enumerate(devices)]
    texts = [present(code, device, at=AT, nonce=NONCE) for code, device in zip(codes, devices, strict=True)]
    full = present(codes[0], devices[0], at=AT, nonce=NONCE, opening=bytes(16))
    bare = present(codes[0], devices[0], at=AT)
    inner = [inspect_unverified(code) for code in codes]
    outer = [_presentation.parse(_base45.decode(text[5:])) for text in texts]
    issuer = KEY.public_key.to_bytes()
    work = [
        (one.signature + one.to_be_signed, two.signature + two.to_be_signed, device.public_key.to_bytes())
        for one, two, device in zip(inner, outer, devices, strict=True)
    ]

    def beneath(item: tuple[bytes, bytes, bytes]) -> None:
        nacl.bindings.crypto_sign_open(item[0], issuer)
        nacl.bindings.crypto_core_ed25519_is_valid_point(item[2])
        nacl.bindings.crypto_sign_open(item[1], item[2])

    ratio = compare(clock(judge, texts), clock(beneath, work), count)
    row("`verify()` of a presentation / two verifications and a point check", f"{ratio:.2f}", "")
    for name, text in (("", bare), (" with nonce", texts[0]), (" with nonce and opening", full)):
        size = len(_base45.decode(text[5:]))
        figure = f"{size} / {len(text)} / {qr.version(text)}"
        target = "<= 305 / - / 13" if text == texts[0] else ""
        row(f"presentation{name}: bytes / characters / QR version at M", figure, target)


def main(arguments: Sequence[str]) -> int:
    """Measure and print the table."""
    options = parser(__doc__, 5000).parse_args(arguments)
    if options.python:
        return another_python(options.python, __file__, ["--count", str(options.count)])
    count = options.count
    codes = [typical(number) for number in range(count)]
    texts = [issued(code) for code in codes]
    clocks = {name: clock(*job) for name, job in jobs(codes, texts).items()}
    credentials = [_base45.decode(text[4:]) for text in texts]

    heading(f"{count:,} distinct codes")
    row("Python", build())
    verifying = compare(clocks["verify"], clocks["open"], count)
    row("`verify()` / a bare libsodium verification", f"{verifying:.2f}", "<= 2.0")
    issuing = compare(clocks["issue"], clocks["sign"], count)
    row("`issue()` / a bare libsodium signature", f"{issuing:.2f}", "<= 2.7")
    row("codes verified in a second, by one core", f"{count / clocks['verify'](0, count):,.0f}")
    row("codes issued in a second, by one core", f"{count / clocks['issue'](0, count):,.0f}")
    presenting(max(1, count // 5))
    row("typical credential, bytes", str(len(credentials[0])), "<= 170")
    row("typical credential, characters", str(len(texts[0])), "<= 260")
    row("QR version at L/M/Q", " / ".join(str(qr.version(texts[0], level=level)) for level in LEVELS), "- / 9 / -")
    importing(min(9, count))
    loaded = f"from healthpass import *; import sys; print(*sorted(set(sys.modules) & {set(HEAVY)}) or ['none'])"
    heavy = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, check=True, text=True
    ).stdout.strip()
    row("heavy modules loaded by the import", heavy, "none")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
