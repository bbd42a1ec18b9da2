"""Measure healthpass beside others: `python tests/benchmarks/peers.py`.

Each peer issues and verifies codes that say the same: issuer, times, id, colour, label, binding and place in a
status list, signed with the same Ed25519 key. Batches of ours and theirs take turns in one run, a ratio is the
median over the batches, every code is distinct and nothing is cached. Below 1, healthpass is faster. The peers get
a temporary environment of their own, for which a package index is needed. `peer_worker.py` shows what each does.

`--python /usr/bin/python3` measures another Python, ours and theirs.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import Clock, another_python, build, clock, compare, heading, parser, row
from benchmarks.typical import ISSUER, KEY, LIFETIME, SEED, issued, jobs, typical
from healthpass import HealthCode, inspect_unverified

WORKER: Final = Path(__file__).parent / "peer_worker.py"
PACKAGES: Final = (
    "cryptography>=44", "cwt>=3.3", "base45>=0.4.4", "claim169>=0.3", "PyJWT>=2.10", "sd-jwt>=0.10.4",
)  # fmt: skip


# claim169 takes much memory for each text that it compresses. By default glibc may give it back each time, which
# takes twice as long as all else, in some processes and not in others. So the peers keep their memory.
KEEP_MEMORY: Final = {"MALLOC_TRIM_THRESHOLD_": "100000000", "MALLOC_MMAP_THRESHOLD_": "100000000"}


class Named(NamedTuple):
    """A peer of the table.

    Attributes:
        key: its name in the worker.
        name: its name in the table.
        verify: what verifying is to take at most, as a ratio to it.
        issue: what issuing is to take at most.
    """

    key: str
    name: str
    verify: str
    issue: str


PEERS: Final = (
    Named("openssl", "bare OpenSSL", "", ""),
    Named("claim169", "claim169 (Rust)", "", "<= 1.00"),
    Named("python-cwt-zlib", "python-cwt, Base45, zlib", "<= 0.75", "<= 1.00"),
    Named("python-cwt", "python-cwt, Base45", "<= 1.00", "<= 1.00"),
    Named("pyjwt", "PyJWT", "<= 1.00", "<= 1.00"),
    Named("sd-jwt", "sd-jwt", "<= 1.00", "<= 1.00"),
)


def order(codes: Sequence[HealthCode], texts: Sequence[str]) -> str:
    """Write what the codes of the peers are to say."""
    assert all(code.status for code in codes)
    said = [
        {
            "color": int(code.color),
            "holder": code.holder,
            "binding": bytes(code.binding or b"").hex(),
            "list": code.status.list if code.status else 0,
            "index": code.status.index if code.status else 0,
            "to_be_signed": inspect_unverified(text).to_be_signed.hex(),
        }
        for code, text in zip(codes, texts, strict=True)
    ]
    return json.dumps(
        {
            "issuer": ISSUER,
            "seed": SEED.hex(),
            "kid": KEY.public_key.kid.hex(),
            "lifetime": int(LIFETIME.total_seconds()),
            "codes": said,
        }
    )


@contextmanager
def started(python: str, key: str, order: str) -> Iterator[tuple[dict[str, Any], dict[str, Clock]]]:
    """Start a peer; give what it says of itself, and what times it."""
    environment = {**os.environ, **KEEP_MEMORY}
    with subprocess.Popen(
        [python, WORKER, key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as worker:

        def ask(line: str) -> str:
            assert worker.stdin
            assert worker.stdout
            print(line, file=worker.stdin, flush=True)
            return worker.stdout.readline()

        def times(name: str) -> Clock:
            return lambda start, end: float(ask(f"{name} {start} {end}"))

        yield json.loads(ask(order)), {name: times(name) for name in ("verify", "issue")}


def table(python: str, count: int, peers: Sequence[Named] = PEERS) -> None:
    """Measure and print the rows of some peers, which an interpreter has."""
    codes = [typical(number) for number in range(count)]
    texts = [issued(code) for code in codes]
    ours = {name: clock(*job) for name, job in jobs(codes, texts).items()}
    for peer in peers:
        with started(python, peer.key, order(codes, texts)) as (said, theirs):
            row(
                f"`verify()` / {peer.name}", f"{compare(ours['verify'], theirs['verify'], count):.2f}", peer.verify
            )
            row(f"`issue()` / {peer.name}", f"{compare(ours['issue'], theirs['issue'], count):.2f}", peer.issue)
            versions = ", ".join(f"{name} {version}" for name, version in said["packages"].items())
            size = "" if peer.key == "openssl" else f"; {said['size']} characters"
            row(f"{peer.name}: what was measured", versions + size)


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    options = parser(__doc__, 3000).parse_args(arguments)
    if options.python:
        return another_python(options.python, __file__, ["--count", str(options.count)])
    heading(f"{options.count:,} distinct codes")
    row("Python", build())
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        command = [python, "-m", "pip", "install", "-q", *PACKAGES]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            row("peers", "not measured: their packages cannot be installed")
            return 0
        table(python, options.count)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
