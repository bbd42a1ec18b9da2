"""Claims JSON: what an office states about a holder, as `healthpass issue` reads it."""

import json
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from healthpass import HealthCode, problems_of
from healthpass.cli.errors import CommandError
from healthpass.cli.io.files import unmarked

MAX_CLAIMS_FILE: Final = 65_536  # bytes; a credential has 1,024
_DIGITS: Final = 40  # of a number; no claim has as many


class Stated(NamedTuple):
    """What is stated, and the document to bind it to: type and number."""

    health: HealthCode
    document: tuple[str, str] | None


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    type: str
    number: str


class Claims(HealthCode):
    """A health code, and the document that it is bound to: in the code itself is a commitment alone."""

    document: _Document | None = None


def read_claims(data: bytes) -> Stated:
    """Read claims JSON.

    Raises:
        CommandError: with a line for everything that is wrong.
    """
    record = _parse(data)
    try:
        claims = Claims.model_validate(record)
    except ValidationError as error:
        problems = [f"in the claims: {problem}" for problem in problems_of(error)]
    else:
        document = None if claims.document is None else (claims.document.type, claims.document.number)
        return Stated(HealthCode(**{name: getattr(claims, name) for name in HealthCode.model_fields}), document)
    strange = record.keys() - Claims.model_fields.keys()
    raise CommandError(*problems, hint=f"its members are {', '.join(Claims.model_fields)}" if strange else None)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        record = json.loads(
            unmarked(data, "the file of the claims").decode("utf-8"), object_pairs_hook=_once, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise CommandError(f"the claims are not JSON: {error.msg[0].lower()}{error.msg[1:]} at {place}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"the claims are not UTF-8: byte {error.start + 1} is wrong") from error
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise CommandError(f"the claims cannot be read: {why}") from error
    if not isinstance(record, dict):
        raise CommandError("the claims are not a JSON object", hint='the smallest is {"color": "green"}')
    return record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that is there twice: which one counts would depend on the reader."""
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {_short(twice)} is there twice")
    return record


def _whole(digits: str) -> int:
    """Read a whole number; Python reads none of 4,300 digits, and its advice is for programmers."""
    if len(digits) > _DIGITS:
        raise ValueError(f"a number in it has {len(digits):,} digits")
    return int(digits)


def _short(text: str) -> str:
    """Quote what somebody wrote, but no novel."""
    return repr(text if len(text) <= 40 else text[:39] + "…")  # noqa: PLR2004
