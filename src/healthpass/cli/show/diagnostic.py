"""CBOR diagnostic notation (RFC 8949, section 8, and RFC 8610, appendix G): a code layer by layer."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from healthpass import Color, LabMethod, LabResult, MalformedError, Reason, Unverified, write_time
from healthpass.codec import _cbor, _text
from healthpass.codec._cose import ALG_ED25519
from healthpass.codec._time import DAY_LIMIT, TIME_LIMIT, from_days, from_seconds
from healthpass.credential import _claims
from healthpass.presentation import _presentation
from healthpass.words._code_points import EvidenceType

_INDENT: Final = "  "
_CLAIMS: Final = {
    _claims.ISS: "iss, the issuer",
    _claims.EXP: "exp, end of validity",
    _claims.IAT: "iat, start of validity",
    _claims.CTI: "cti, the identifier",
    _claims.CNF: "cnf, the holder's device key",
    _claims.HEALTH: "health code",
}
_SHOWING: Final = {
    _presentation.IAT: "iat, time of the showing",
    _presentation.NONCE: "nonce, what the gate asked for",
    _presentation.OPENING: "opening of the binding",
}
_HEALTH: Final = {
    _claims.COLOR: "color",
    _claims.HOLDER: "holder",
    _claims.BINDING: "binding",
    _claims.REASON: "reason",
    _claims.UNTIL: "until",
    _claims.EVIDENCE: "evidence",
    _claims.STATUS: "status: list, index",
    _claims.RESIDENCE: "residence",
    _claims.ORIGIN: "origin",
}


def notation(value: _cbor.Value) -> str:
    """Write one value on one line."""
    match value:
        case bytes():
            return f"h'{value.hex()}'"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(notation, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {notation(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


def annotated(text: str, unverified: Unverified) -> str:
    """Write a text, its bytes and its COSE_Sign1, with a comment for each claim.

    Args:
        text: the text.
        unverified: what `healthpass.inspect` has made of it.

    Returns:
        Three data items in diagnostic notation, each after a comment that names it. A presentation has the
        credential in its protected header.
    """
    prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)
    credential = _sign1(
        (f"4: {notation(unverified.kid)} / kid /",),
        _payload(unverified.payload, _CLAIMS, unverified.problem if unverified.claimed is None else None),
        unverified.signature,
    )
    return "\n".join(
        (
            "/ NOT VERIFIED: anybody can have written this /",
            "",
            f"/ the text, {len(text)} characters /",
            notation(text),
            "",
            f"/ its Base45 decoded, {len(data)} bytes /",
            notation(data),
            "",
            "/ these bytes as COSE_Sign1 /",
            credential if prefix == _text.CREDENTIAL else _presented(data, credential, unverified),
        )
    )


def _presented(data: bytes, credential: str, unverified: Unverified) -> str:
    presentation = _presentation.parse(data)
    problem = unverified.problem if unverified.claimed is not None else None
    return _sign1(
        ("13: / kcwt: the credential, as it was issued /", credential),
        _payload(presentation.payload, _SHOWING, problem),
        presentation.signature,
    )


def _sign1(headers: Sequence[str], payload: str, signature: bytes) -> str:
    """Write a COSE_Sign1, given what follows alg in its protected header."""
    return "\n".join(
        (
            "18([",
            f"{_INDENT}/ protected / <<{{",
            f"{_INDENT * 2}1: {ALG_ED25519}, / alg: Ed25519 /",
            *(textwrap.indent(header, _INDENT * 2) for header in headers),
            f"{_INDENT}}}>>,",
            f"{_INDENT}/ unprotected / {{}},",
            f"{_INDENT}{payload}",
            f"{_INDENT}/ signature / {notation(signature)}",
            "])",
        )
    )


def _payload(payload: bytes, names: Mapping[int, str], problem: str | None) -> str:
    comment = f"/ payload, {len(payload)} bytes /"
    try:
        claims = _cbor.decode(payload)
    except MalformedError as error:
        return f"{comment} {notation(payload)} / {error.verdict}: not the CBOR of HP1 /,"
    body = _map(claims, names, 1) if isinstance(claims, dict) else notation(claims)
    return f"{comment} <<{body}>>{f' / {problem} /' if problem else ''},"


def _map(entries: Mapping[int, Any], names: Mapping[int, str], depth: int) -> str:
    """Write a map, an entry a line, each with its name and, where it has one, its meaning."""
    inner = _INDENT * (depth + 1)
    lines = []
    for number, (key, value) in enumerate(entries.items(), 1):
        comma = "," if number < len(entries) else ""
        name = names.get(key, "not known here")
        if key == _claims.HEALTH and isinstance(value, dict):
            lines.append(f"{inner}{key}: / {name} / {_map(value, _HEALTH, depth + 1)}{comma}")
        else:
            meaning = _meaning(name, value)
            lines.append(f"{inner}{key}: {notation(value)}{comma} / {name}{': ' if meaning else ''}{meaning} /")
    return "\n".join(("{", *lines, f"{_INDENT * depth}}}"))


def _meaning(name: str, value: _cbor.Value) -> str:
    """Say what a number means; texts speak for themselves, and might hold the end of a comment."""
    match name, value:
        case (("exp, end of validity" | "iat, start of validity" | "iat, time of the showing" | "until"), int()):
            return _time(value)
        case "color", int() if value in _COLORS:
            return Color(value).label
        case "reason", int() if value in _REASONS:
            return Reason(value).label
        case "evidence", list():
            return "; ".join(map(_evidence, value))
    return ""


def _evidence(entry: _cbor.Value) -> str:
    match entry:
        case [1, int(sampled_at), int(result), int(method)]:
            words = (
                _time(sampled_at),
                LabResult.label_of(result),
                LabMethod.label_of(method),
            )
            return " ".join(("test", *map(str, words)))
        case [2, int(day), *_] | [3, int(day)] | [4, _, int(day)]:
            return (
                f"{EvidenceType.label_of(entry[0])} {from_days(day) if 0 <= day < DAY_LIMIT else 'out of range'}"
            )
    return "not known here"


def _time(seconds: int) -> str:
    return write_time(from_seconds(seconds)) if 0 <= seconds < TIME_LIMIT else "out of range"


_COLORS: Final = frozenset(Color)
_REASONS: Final = frozenset(Reason)
