"""Measure healthpass as ratios: `python tests/benchmarks/ratios.py`.

Machines differ and are shared, so that a time says little. Each thing is measured beside what it is compared
with, in small batches that take turns; a ratio is the median over the batches. Every code is distinct and nothing
is cached. The comparison with python-cwt needs a package index: it gets an environment of its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import base45
import nacl.bindings

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import Clock, clock, compare, heading, row
from benchmarks.typical import AT, KEY, NONCE, issued, jobs, judge, typical
from healthpass import HolderKey, inspect_unverified, present, qr
from healthpass.presentation import _presentation

LEVELS: Final[tuple[qr.Level, ...]] = ("L", "M", "Q")
BENEATH: Final = "import pydantic, cbor2, nacl.bindings; pydantic.BaseModel"
HEAVY: Final = ("PIL", "typer", "rich", "httpx", "sqlite3", "qrcode", "zxingcpp")


@contextmanager
def python_cwt(credentials: Sequence[bytes]) -> Iterator[tuple[str, Clock]]:
    """Start python-cwt in a new environment; give its version and what times it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "-q", "cwt>=3", "base45"], check=True)
        order = {
            "public_key": KEY.public_key.to_bytes().hex(),
            "kid": KEY.public_key.kid.hex(),
            "credentials": [c.hex() for c in credentials],
        }
        with subprocess.Popen(
            [python, Path(__file__).parent / "python_cwt.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as worker:
            assert worker.stdin
            assert worker.stdout

            def ask(line: str) -> str:
                print(line, file=worker.stdin, flush=True)
                return worker.stdout.readline().strip() if worker.stdout else ""

            yield ask(json.dumps(order)), lambda start, end: float(ask(f"{start} {end}"))
            worker.stdin.close()


def startup(statement: str) -> float:
    """Return the seconds that a new interpreter needs for a statement, beyond starting."""
    program = f"import time; before = time.thread_time(); {statement}; print(time.thread_time() - before)"
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)


def presenting(count: int) -> None:
    """Measure presentations against what they rest on: two verifications and a check of the device key."""
    devices = [HolderKey.generate() for _ in range(count)]
    codes = [issued(typical(number), device.public_key) for number, device in enumerate(devices)]
    texts = [present(code, device, at=AT, nonce=NONCE) for code, device in zip(codes, devices, strict=True)]
    full = present(codes[0], devices[0], at=AT, nonce=NONCE, opening=bytes(16))
    bare = present(codes[0], devices[0], at=AT)
    inner = [inspect_unverified(code) for code in codes]
    outer = [_presentation.parse(base45.b45decode(text[5:].encode())) for text in texts]
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
        size = len(base45.b45decode(text[5:].encode()))
        figure = f"{size} / {len(text)} / {qr.version(text)}"
        target = "<= 305 / - / 13" if text == texts[0] else ""
        row(f"presentation{name}: bytes / characters / QR version at M", figure, target)


def main(count: int, *, with_cwt: bool) -> None:
    """Measure and print the table."""
    codes = [typical(number) for number in range(count)]
    texts = [issued(code) for code in codes]
    clocks = {name: clock(*job) for name, job in jobs(codes, texts).items()}
    credentials = [base45.b45decode(text[4:].encode()) for text in texts]

    heading("what", f"measured over {count:,} distinct codes")
    verifying = compare(clocks["verify"], clocks["open"], count)
    row("`verify()` / a bare libsodium verification", f"{verifying:.2f}", "<= 2.2")
    issuing = compare(clocks["issue"], clocks["sign"], count)
    row("`issue()` / a bare libsodium signature", f"{issuing:.2f}", "<= 3.4")
    if with_cwt:
        with python_cwt(credentials) as (release, theirs):
            row(
                f"`verify()` / python-cwt {release}, Base45, zlib",
                f"{compare(clocks['verify'], theirs, count):.2f}",
                "<= 0.75",
            )
    presenting(count // 5)
    row("typical credential, bytes", str(len(credentials[0])), "<= 170")
    row("typical credential, characters", str(len(texts[0])), "<= 260")
    row("QR version at L/M/Q", "/".join(str(qr.version(texts[0], level=level)) for level in LEVELS), "9 at M")
    pairs = [(startup("import healthpass"), startup(BENEATH)) for _ in range(9)]
    row("`import healthpass`, ms (median of 9)", f"{1000 * statistics.median(a for a, _ in pairs):.0f}", "<= 120")
    row("`import healthpass` / its three libraries", f"{statistics.median(a / b for a, b in pairs):.2f}", "")
    loaded = f"import healthpass, sys; print(*sorted(set(sys.modules) & {set(HEAVY)}) or ['none'])"
    heavy = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, check=True, text=True
    ).stdout.strip()
    row("heavy modules loaded by the import", heavy, "none")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=5000, help="how many codes (5000)")
    parser.add_argument("--without-cwt", action="store_true", help="leave out python-cwt, which needs an index")
    arguments = parser.parse_args()
    main(arguments.count, with_cwt=not arguments.without_cwt)
