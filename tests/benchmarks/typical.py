"""The typical code that the benchmarks issue and verify, and the bare work of libsodium beneath it.

Green, a masked name, a binding and a status: 169 bytes. Each code differs from the others: a verifier that
remembered codes would gain nothing.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import nacl.bindings

from healthpass import (
    Color,
    HealthCode,
    PublicKey,
    Registry,
    SigningKey,
    StatusPlace,
    bind_document,
    inspect_unverified,
    issue,
    verify,
)

AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
LIFETIME: Final = timedelta(days=1)
ISSUER: Final = "CN-33-01.WJW"
HOLDER: Final = "张*丰"
SEED: Final = bytes(range(32, 0, -1))
KEY: Final = SigningKey.from_seed(SEED)
REGISTRY: Final = Registry.pinned({ISSUER: [KEY.public_key]})
NONCE: Final = bytes(range(8))
WAIVE: Final = frozenset({"status-unknown"})


class Job(NamedTuple):
    """What is measured: a function, and what it is called with, one after another."""

    function: Callable[[Any], object]
    items: Sequence[Any]


def typical(number: int) -> HealthCode:
    """Return a typical code; the number makes its place in a status list."""
    binding, _ = bind_document("resident-id", "11010519491231002X")
    return HealthCode(color=Color.GREEN, holder=HOLDER, binding=binding, status=StatusPlace(3, 70_000 + number))


def issued(health: HealthCode, device: PublicKey | None = None) -> str:
    """Issue a code."""
    return issue(health, issuer=ISSUER, signer=KEY, lifetime=LIFETIME, at=AT, holder_key=device).text


def judge(text: str) -> None:
    """Verify a code."""
    nonce = NONCE if text.startswith("HPP1:") else None
    verify(text, registry=REGISTRY, at=AT, waive=WAIVE, nonce=nonce)


def jobs(codes: Sequence[HealthCode], texts: Sequence[str]) -> dict[str, Job]:
    """Return `verify()` and `issue()`, and what libsodium alone does with the same bytes."""
    public, pair = nacl.bindings.crypto_sign_seed_keypair(SEED)
    parts = [inspect_unverified(text) for text in texts]
    judge(texts[0])  # the models are compiled with their first use
    return {
        "verify": Job(judge, texts),
        "open": Job(
            lambda message: nacl.bindings.crypto_sign_open(message, public),
            [part.signature + part.to_be_signed for part in parts],
        ),
        "issue": Job(issued, codes),
        "sign": Job(
            lambda message: nacl.bindings.crypto_sign(message, pair), [part.to_be_signed for part in parts]
        ),
    }
