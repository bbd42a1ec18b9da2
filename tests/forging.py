"""What the tests forge with: an issuer whose key signs any bytes, sound or not."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from healthpass import Color, HealthCode, IssuingFinding, Registry, SigningKey, Verified, issue, verify
from healthpass.codec import _cose, _text

NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
AT: Final = int(NOW.timestamp())
DAY: Final = timedelta(days=1)
ISSUER: Final = "CN-33-01.WJW"
KEY: Final = SigningKey.from_seed(bytes(range(100, 132)))
REGISTRY: Final = Registry.pinned({ISSUER: [KEY.public_key]})
CTI: Final = bytes(range(12))
WHENEVER: Final = (IssuingFinding.BEGINS_LATE, IssuingFinding.EXPIRED)  # NOW is not what an `Issuer`'s clock says
GREEN: Final = HealthCode(color=Color.GREEN, holder="张*丰")


def issued(health: HealthCode = GREEN, **options: Any) -> str:
    """Return the text of an honest code, valid for a day from NOW."""
    return issue(health, issuer=ISSUER, signer=KEY, lifetime=DAY, **({"at": NOW} | options)).text


def signed(payload: bytes, key: SigningKey = KEY) -> str:
    """Return a text whose payload is signed as it is, whatever it holds."""
    kid = key.public_key.kid
    return _text.encode(_text.CREDENTIAL, _cose.assemble(kid, payload, key.sign(_cose.to_be_signed(kid, payload))))


def judged(text: str, **options: Any) -> Verified:
    """Verify a text at NOW against the test issuer."""
    expectations: dict[str, Any] = {"registry": REGISTRY, "at": NOW}
    return verify(text, **expectations | options)


def claims(**changes: Any) -> dict[int, Any]:
    """Return the claims of an honest green code as a map, with changes by claim name; None removes a claim."""
    keys = {"iss": 1, "exp": 4, "nbf": 5, "cti": 7, "cnf": 8, "health": -65537}
    values = {"iss": ISSUER, "exp": AT + 86400, "nbf": AT, "cti": CTI, "health": {1: 0}} | changes
    return {key: values[name] for name, key in keys.items() if values.get(name) is not None}
