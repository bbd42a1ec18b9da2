"""CBOR diagnostic notation (RFC 8949, section 8, and RFC 8610, appendix G): a code layer by layer."""

import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from healthpass.codec import _cbor, _cose, _text
from healthpass.codec._spelling import write_time
from healthpass.codec._time import from_days, from_seconds
from healthpass.credential import _claims
from healthpass.credential._holder import harmless
from healthpass.presentation import _presentation
from healthpass.verifying._inspect import inspect_unverified
from healthpass.words._code_points import Color, EvidenceType, LabMethod, LabResult, Reason
from healthpass.words._errors import MalformedError
from healthpass.words._row import CodeNumber
from healthpass.words._verdicts import Verdict

# What a value means, in words, or "" where it speaks for itself: texts might hold the end of a comment.
_Meaning: TypeAlias = Callable[[_cbor.Value], str]
_Names: TypeAlias = "Mapping[int, tuple[str, _Meaning | _Names]]"

_INDENT: Final = "  "


def write_diagnostic(text: str) -> str:
    """Write a text in CBOR diagnostic notation, for a developer to look at. This is not verifying.

    Returns:
        The text, its bytes and its COSE_Sign1 in lines that are safe to show, with a comment for each claim. A
        presentation has the credential in its protected header.

    Raises:
        TypeError: when `text` is not a `str`.
        MalformedError: when it is not the text of a credential or a presentation (steps 1 and 2).
        UnsupportedError: when it is of another version.
    """
    found = inspect_unverified(text)
    prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)
    problem = found.problem if found.claimed is None else None
    sign1 = _sign1(f"4: {_notation(found.kid)} / kid /", found.payload, _CLAIMS, problem, found.signature)
    if prefix == _text.PRESENTATION:
        shown = _presentation.parse(data)
        problem = found.problem if found.claimed is not None else None
        header = f"13: / kcwt: the credential, as it was issued /\n{sign1}"
        sign1 = _sign1(header, shown.payload, _SHOWING, problem, shown.signature)
    return "\n".join(
        (
            "/ NOT VERIFIED: anybody can have written this /",
            "",
            f"/ the text, {len(text)} characters /",
            _notation(text),
            "",
            f"/ its Base45 decoded, {len(data)} bytes /",
            _notation(data),
            "",
            "/ these bytes as COSE_Sign1 /",
            sign1,
        )
    )


def _notation(value: _cbor.Value) -> str:
    """Write one value on one line."""
    match value:
        case bytes():
            return f"h'{value.hex()}'"
        case str():
            return harmless(json.dumps(value, ensure_ascii=False))
        case list():
            return f"[{', '.join(map(_notation, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {_notation(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


def _sign1(header: str, payload: bytes, names: _Names, problem: Verdict | None, signature: bytes) -> str:
    """Write a COSE_Sign1, given what follows alg in its protected header."""
    body = f"/ payload, {len(payload)} bytes / "
    try:
        claims = _cbor.decode(payload)
    except MalformedError as error:
        body += f"{_notation(payload)} / {error.verdict}: not the CBOR of HP1 /,"
    else:
        body += f"<<{_map(claims, names) if isinstance(claims, dict) else _notation(claims)}>>"
        body += f" / {problem} /," if problem else ","
    protected = f"1: {_cose.ALG_ED25519}, / alg: Ed25519 /\n{header}"
    return "\n".join(
        (
            "18([",
            f"{_INDENT}/ protected / <<{{",
            textwrap.indent(protected, _INDENT * 2),
            f"{_INDENT}}}>>,",
            f"{_INDENT}/ unprotected / {{}},",
            textwrap.indent(body, _INDENT),
            f"{_INDENT}/ signature / {_notation(signature)}",
            "])",
        )
    )


def _map(entries: Mapping[int, _cbor.Value], names: _Names) -> str:
    """Write a map, an entry a line, each with its name and, where it has one, its meaning."""
    lines = []
    for number, (key, value) in enumerate(entries.items(), 1):
        comma = "," if number < len(entries) else ""
        name, known = names.get(key, ("not known here", _itself))
        if callable(known) or not isinstance(value, dict):
            meaning = known(value) if callable(known) else ""
            lines.append(f"{key}: {_notation(value)}{comma} / {name}{': ' if meaning else ''}{meaning} /")
        else:
            lines.append(f"{key}: / {name} / {_map(value, known)}{comma}")
    return "\n".join(("{", textwrap.indent("\n".join(lines), _INDENT), "}"))


def _itself(_value: _cbor.Value) -> str:
    return ""


def _time(value: _cbor.Value) -> str:
    try:
        return write_time(from_seconds(value)) if isinstance(value, int) else ""
    except ValueError:
        return "out of range"


def _label_in(codes: type[CodeNumber]) -> _Meaning:
    def label(value: _cbor.Value) -> str:
        code = codes.of(value) if isinstance(value, int) else value
        return code.label if isinstance(code, codes) else ""

    return label


def _evidence(value: _cbor.Value) -> str:
    return "; ".join(map(_entry, value)) if isinstance(value, list) else ""


def _entry(entry: _cbor.Value) -> str:
    match entry:
        case [1, int(sampled_at), int(result), int(method)]:
            return f"test {_time(sampled_at)} {LabResult.label_of(result)} {LabMethod.label_of(method)}"
        case [2 as kind, int(day), *_] | [3 as kind, int(day)] | [4 as kind, _, int(day)]:
            return f"{EvidenceType.label_of(kind)} {_day(day)}"
    return "not known here"


def _day(days: int) -> str:
    try:
        return str(from_days(days))
    except ValueError:
        return "out of range"


_HEALTH: Final[_Names] = {
    _claims.COLOR: ("color", _label_in(Color)),
    _claims.HOLDER: ("holder", _itself),
    _claims.BINDING: ("binding", _itself),
    _claims.REASON: ("reason", _label_in(Reason)),
    _claims.UNTIL: ("until", _time),
    _claims.EVIDENCE: ("evidence", _evidence),
    _claims.STATUS: ("status: list, index", _itself),
    _claims.RESIDENCE: ("residence", _itself),
    _claims.ORIGIN: ("origin", _itself),
}
_CLAIMS: Final[_Names] = {
    _claims.ISS: ("iss, the issuer", _itself),
    _claims.EXP: ("exp, end of validity", _time),
    _claims.NBF: ("nbf, start of validity", _time),
    _claims.CTI: ("cti, the identifier", _itself),
    _claims.CNF: ("cnf, the holder's device key", _itself),
    _claims.HEALTH: ("health code", _HEALTH),
}
_SHOWING: Final[_Names] = {
    _presentation.IAT: ("iat, time of the showing", _time),
    _presentation.NONCE: ("nonce, what the gate asked for", _itself),
    _presentation.OPENING: ("opening of the binding", _itself),
}
