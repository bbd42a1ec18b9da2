"""How a judgement is told: to machines as JSON, to people in a block, or on one line."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeVar

from healthpass import (
    Color,
    Decided,
    Departure,
    Evidence,
    HealthCode,
    IssuerId,
    LabMethod,
    LabTest,
    Reason,
    Recovery,
    RegionId,
    TrustedAuthority,
    TrustedIssuer,
    TrustPath,
    UnknownEvidence,
    Vaccination,
    Verdict,
    VerificationError,
    Verified,
    Words,
    harmless,
    write_time,
)
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID
from healthpass.cli.io.readers import MisreadError
from healthpass.cli.show.plain import Part, Put, Rows, put_rows
from healthpass.cli.show.times import age, local_minute, local_time

Judged = Verified | VerificationError
_Value = TypeVar("_Value")
_Told = TypeVar("_Told")

_HEADINGS: Final = {"valid": "VALID 有效", "not valid": "NOT VALID 无效", "cannot judge": "CANNOT JUDGE 无法判断"}
_STYLES: Final = {Color.GREEN: "bold green", Color.YELLOW: "bold yellow", Color.RED: "bold red"}


class Match(Enum):
    """Whether a code is bound to a document: an answer of its own, no verdict (spec/credential.md, section 10)."""

    MATCHES = True
    DIFFERS = False
    UNKNOWN = None

    @property
    def words(self) -> str:
        """The answer in English and Chinese."""
        return {
            Match.MATCHES: "✓ matches 一致",
            Match.DIFFERS: "✗ does not match 不一致",
            Match.UNKNOWN: "? nobody has shown the opening 未出示打开值",
        }[self]


def exit_code(judgement: Judged, decided: Decided | None = None) -> int:
    """Return the exit code of one judgement, and of what is decided; the greater, the worse."""
    if isinstance(judgement, Verified):
        if decided is None or decided:
            return DONE
        return CANNOT_JUDGE if decided.action is None else NOT_VALID
    return CANNOT_JUDGE if judgement.verdict.outcome == "cannot judge" else NOT_VALID


def as_json(judgement: Judged, document: Match | None = None, decision: Decided | None = None) -> dict[str, Any]:
    """Write a judgement as JSON. Only a verified code's claims are in it (VER-9).

    It is what `Judgement.of(judgement).model_dump(mode="json")` gives, but for the version, and takes a fourth of
    the time: whoever has a hundred thousand codes judged waits for it. What `verify` has made needs no checks.

    Args:
        judgement: what to tell.
        document: whether a document matches, where that was asked.
        decision: what is done, where a policy is followed.
    """
    if not isinstance(judgement, Verified):
        verdict = judgement.verdict
        return {
            "verdict": verdict,
            "outcome": verdict.outcome,
            "step": verdict.step,
            "message": judgement.message,
            "advice": {"guard": verdict.guard._asdict(), "holder": verdict.holder._asdict()},
        }
    issuer, path = judgement.issuer, judgement.path
    matches = {} if document is None else {"document": document.value}
    return {
        "verdict": Verdict.VALID,
        "outcome": Verdict.VALID.outcome,
        **judgement.health.model_dump(mode="json"),
        "issuer": issuer.id,
        "issuer_name": None if issuer.name_zh is None else {"en": issuer.name_en, "zh": issuer.name_zh},
        "appeal": issuer.appeal,
        "path": path and {"anchor": _authority(path.anchor), "recognised": maybe(_authority, path.recognised)},
        "valid_from": write_time(judgement.valid_from),
        "expires_at": write_time(judgement.expires_at),
        "cti": judgement.cti.hex(),
        "kid": judgement.public_key.kid.hex(),
        "holder_key": judgement.holder_key and judgement.holder_key.to_bytes().hex(),
        "presented_at": maybe(write_time, judgement.presented_at),
        "status_issued_at": maybe(write_time, judgement.status_issued_at),
        "waived": sorted(judgement.waived),
        "decision": decision and decision.model_dump(mode="json"),
        **matches,
    }


def _authority(one: TrustedAuthority) -> dict[str, str]:
    return {"id": one.id, "zh": one.name_zh, "en": one.name_en}


def as_line(
    judgement: Judged, document: Match | None = None, decided: Decided | None = None, *, at: datetime | None = None
) -> list[Part]:
    """Tell a judgement on one line, the verdict first, and whether the document matches where that was asked.

    Args:
        judgement: what to tell.
        document: whether a document matches, where that was asked.
        decided: what is done, where a policy is followed.
        at: the time of judging; now when left out.
    """
    if not isinstance(judgement, Verified):
        return [(judgement.verdict, "bold"), "  ", "  ".join(_advice(judgement))]
    parts = [path_ids(judgement.path, judgement.issuer), f"until {local_time(judgement.expires_at)}"]
    if judgement.health.holder is not None:
        parts.append(judgement.health.holder)
    if judgement.presented_at is not None:
        parts.append(f"presented {local_time(judgement.presented_at)}")
    if document is not None:
        parts.append(f"document {document.words}")
    if judgement.status_issued_at is not None:
        parts.append(f"status list {age(judgement.status_issued_at, at)}")
    parts.extend(f"{verdict} waived" for verdict in sorted(judgement.waived))
    if decided is not None:
        parts.append(str(decided.words))
    return [("valid", "bold"), "  ", _color(judgement), "  ", harmless("  ".join(parts))]


def heading(judgement: Judged) -> list[Part]:
    """Tell the outcome in English and Chinese, then the colour or the verdict."""
    if isinstance(judgement, Verified):
        return [(_HEADINGS[Verdict.VALID.outcome], "bold"), "  ", _color(judgement)]
    return [(_HEADINGS[judgement.verdict.outcome], "bold"), "  ", judgement.verdict]


def show(
    put: Put,
    judgement: Judged,
    document: Match | None = None,
    decided: Decided | None = None,
    *,
    at: datetime | None = None,
) -> None:
    """Tell a judgement in a few lines, the verdict first, then what it means for the guard.

    Args:
        put: writes a line.
        judgement: what to tell.
        document: whether a document matches, where that was asked.
        decided: what is done, where a policy is followed.
        at: the time of judging; now when left out.
    """
    put(*heading(judgement))
    if not isinstance(judgement, Verified):
        advice = _advice(judgement)
        put(f"  {advice.en}")
        put(f"  {advice.zh}")
        put((f"  ({harmless(judgement.message)})", "dim"))
        return
    if decided is not None:
        for words in (decided.words, *([decided.say] if decided.say else [])):
            put((f"  {harmless(words.en)}", "bold"))
            put((f"  {harmless(words.zh)}", "bold"))
    path = judgement.path
    put_rows(
        put,
        [
            ("issuer", called(judgement.issuer, path.recognised.id if path and path.recognised else None)),
            ("listed by", named(path.authority) if path else None),
            ("recognised by", named(path.anchor) if path and path.recognised else None),
            ("valid until", local_time(judgement.expires_at)),
            *health_rows(judgement.health, judgement.issuer.id, document),
            ("reference", judgement.cti.hex()),
            ("appeal", judgement.issuer.appeal),
            ("presented", maybe(local_time, judgement.presented_at)),
            ("status list", maybe(lambda issued: list_words(issued, at), judgement.status_issued_at)),
            *(("waived", verdict) for verdict in sorted(judgement.waived)),
        ],
    )


def health_rows(health: HealthCode, issuer: IssuerId, document: Match | None = None) -> Rows:
    """Write what a health code says beside its colour as labels and texts.

    Args:
        health: the health code.
        issuer: who says it.
        document: whether a document matches, where that was asked.
    """
    status, keys = health.status, [str(key) for key, _ in health.extensions]
    bound = None if health.binding is None else "bound to one; the opening beside the code shows to which"
    return [
        ("holder", health.holder),
        ("reason", maybe(lambda reason: str(Reason.words_of(reason)), health.reason)),
        ("measure ends", maybe(local_time, health.until)),
        *(("evidence", _evidence_words(entry)) for entry in health.evidence),
        ("residence", health.residence),
        ("origin", maybe(lambda origin: f"{issuer} says that {origin} set the colour", health.origin)),
        ("", maybe(lambda origin: f"{issuer} 称由 {origin} 赋码", health.origin)),  # who checks that? nobody
        ("status place", f"list {status.list}, index {status.index}" if status else None),
        ("document", bound if document is None else document.words),
        ("extensions", f"{', '.join(keys)} (they count for nothing)" if keys else None),
    ]


def maybe(tell: Callable[[_Value], _Told], value: _Value | None) -> _Told | None:
    """Tell a value that may be left out."""
    return None if value is None else tell(value)


def color_words(health: HealthCode) -> str:
    """Write the colour as a shape and two words: ● green 绿码."""
    return f"{health.color.symbol} {health.color.words}"


def called(issuer: TrustedIssuer, recognised: RegionId | None) -> str:
    """Write an issuer. By which names a recognised authority calls it is that authority's word, and told as that.

    Args:
        issuer: the issuer.
        recognised: the authority that lists it, if it is not the anchor itself.
    """
    if recognised is None or issuer.name_zh is None:
        return named(issuer)
    names = f"{issuer.name_zh} {issuer.name_en}"
    return f"{issuer.id}, which {recognised} calls {names}（此名称为 {recognised} 所称）"


def named(one: TrustedIssuer | TrustedAuthority) -> str:
    """Write an id and the names that the registry gives for it; a pinned registry gives none."""
    return " ".join(part for part in (one.id, one.name_zh, one.name_en) if part)


def list_words(issued: datetime, at: datetime | None) -> str:
    """Say of when the status list is that answered, and how old: a withdrawal after it is not known here."""
    old = age(issued, at)
    return f"of {local_minute(issued)}, {old.en} 状态列表{old.zh}"


def path_ids(path: TrustPath | None, issuer: TrustedIssuer) -> str:
    """Write a path by its ids: CN-33 → CN-31 → CN-31.WJW."""
    authorities = (path.anchor, path.recognised) if path else ()
    return " → ".join([*(one.id for one in authorities if one), issuer.id])


def _advice(judgement: VerificationError) -> Words:
    """Say what to do: with the reader, where that is the cause; else what the verdict says."""
    return judgement.advice if isinstance(judgement, MisreadError) else judgement.verdict.guard


def _color(judgement: Verified) -> tuple[str, str]:
    return color_words(judgement.health), _STYLES[judgement.health.color]


def _evidence_words(entry: Evidence) -> str:
    match entry:
        case LabTest():
            method = LabMethod.words_of(entry.method)
            return f"{entry.result.words}, {method}, sampled {local_time(entry.sampled_at)}"
        case Vaccination():
            return f"vaccination 疫苗接种 {entry.dose}/{entry.of}, {entry.day}"
        case Recovery():
            return f"recovery 康复, {entry.day}"
        case Departure():
            return f"left 离开 {entry.region}, {entry.day}"
        case UnknownEvidence():
            return f"type {entry.type}, not known here: it counts for nothing"
