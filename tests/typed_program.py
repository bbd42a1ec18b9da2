"""A program as users write it, and mistakes that a type checker must find; `test_typing.py` asks mypy."""

from datetime import date, timedelta

from healthpass import (
    AsyncSigner,
    Color,
    Departure,
    HealthCode,
    Issued,
    Issuer,
    IssuerId,
    PublicKey,
    Registry,
    SigningKey,
    Verifier,
    issue,
    verify,
)


class Kms:
    """A key that is asked over the network."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self.public_key = key.public_key

    async def sign(self, message: bytes) -> bytes:
        """Sign."""
        return self._key.sign(message)


def right(key: SigningKey) -> str:
    """Ids may be plain strings, and a judgement is one of two."""
    left = Departure(region="CN-31", day=date(2026, 11, 1))
    health = HealthCode(color=Color.GREEN, residence="CN-33", origin="CN-33-01.WJW", evidence=(left,))
    if health.origin is not None and health.residence is not None:
        assert health.origin.region.within("CN") == health.residence.within("CN")
    by_text: dict[str, list[PublicKey]] = {"CN-33-01.WJW": [key.public_key]}
    by_id: dict[IssuerId, tuple[PublicKey, ...]] = {IssuerId("CN-33-01.WJW"): (key.public_key,)}
    issued: Issued = issue(health, issuer="CN-33-01.WJW", signer=key, lifetime=timedelta(days=1))
    Verifier(lambda: Registry.pinned(by_id))
    judgement = Verifier(Registry.pinned(by_text)).judge(issued.text)
    return judgement.color.name if judgement.outcome == "valid" else judgement.advice.guard.zh


async def awaited(key: SigningKey) -> str:
    """An asynchronous signer is a signer of an issuer."""
    signer: AsyncSigner = Kms(key)
    office = Issuer("CN-33-01.WJW", signer=signer, lifetime=timedelta(days=1))
    return (await office.issue_async(HealthCode(color=Color.GREEN))).text


def wrong(key: SigningKey) -> None:
    """Each of these lines is an error, or its comment would be one."""
    HealthCode(color="green")  # type: ignore[arg-type]
    HealthCode(color=Color.GREEN, residence=33)  # type: ignore[arg-type]
    HealthCode(color=Color.GREEN, colour=Color.RED)  # type: ignore[call-arg]
    Departure(region="CN-31", day="2026-11-01")  # type: ignore[arg-type]
    verify("HP1:", registry={})  # type: ignore[arg-type]
    Verifier(Registry.pinned({}), skew=60)  # type: ignore[arg-type]
    issue(HealthCode(color=Color.GREEN), issuer="CN", signer=Kms(key), lifetime=timedelta(1))  # type: ignore[arg-type]
