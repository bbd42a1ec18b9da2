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
from healthpass.cli.language import message, said, say
from healthpass.cli.show.plain import Part, Put, Rows, put_rows
from healthpass.cli.show.times import age, local_minute, local_time

Judged = Verified | VerificationError
_Value = TypeVar("_Value")
_Told = TypeVar("_Told")

_STYLES: Final = {Color.GREEN: "bold green", Color.YELLOW: "bold yellow", Color.RED: "bold red"}


class Match(Enum):
    """Whether a code is bound to a document: an answer of its own, no verdict (spec/credential.md, section 10)."""

    MATCHES = True
    DIFFERS = False
    UNKNOWN = None

    @property
    def words(self) -> str:
        """The answer."""
        return {
            Match.MATCHES: say("✓ matches"),
            Match.DIFFERS: say("✗ does not match"),
            Match.UNKNOWN: say("? nobody has shown the opening"),
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
        return [(judgement.verdict, "bold"), "  ", said(_advice(judgement))]
    parts = [path_ids(judgement.path, judgement.issuer), say("until {}", local_time(judgement.expires_at))]
    if judgement.health.holder is not None:
        parts.append(judgement.health.holder)
    if judgement.presented_at is not None:
        parts.append(say("presented {}", local_time(judgement.presented_at)))
    if document is not None:
        parts.append(say("document {}", document.words))
    if judgement.status_issued_at is not None:
        parts.append(say("status list {}", age(judgement.status_issued_at, at)))
    parts.extend(say("{} waived", verdict) for verdict in sorted(judgement.waived))
    if decided is not None:
        parts.append(said(decided.words))
    return [("valid", "bold"), "  ", _color(judgement), "  ", harmless("  ".join(parts))]


def heading(judgement: Judged) -> list[Part]:
    """Tell the outcome, then the colour or the verdict."""
    if isinstance(judgement, Verified):
        return [(say("VALID"), "bold"), "  ", _color(judgement)]
    outcome = say("CANNOT JUDGE") if judgement.verdict.outcome == "cannot judge" else say("NOT VALID")
    return [(outcome, "bold"), "  ", judgement.verdict]


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
        put(f"  {said(_advice(judgement))}")
        put((f"  {say('({})', harmless(message(judgement.message)))}", "dim"))
        return
    if decided is not None:
        put((f"  {harmless(said(decided.words))}", "bold"))
        for text in decided.say or ():  # a guard reads it to a traveller, in either language
            put((f"  {harmless(text)}", "bold"))
    path = judgement.path
    put_rows(
        put,
        [
            (say("issuer"), called(judgement.issuer, path.recognised.id if path and path.recognised else None)),
            (say("listed by"), named(path.authority) if path else None),
            (say("recognised by"), named(path.anchor) if path and path.recognised else None),
            (say("valid until"), local_time(judgement.expires_at)),
            *health_rows(judgement.health, judgement.issuer.id, document),
            (say("reference"), judgement.cti.hex()),
            (say("appeal"), judgement.issuer.appeal),
            (say("presented"), maybe(local_time, judgement.presented_at)),
            (say("status list"), maybe(lambda issued: list_words(issued, at), judgement.status_issued_at)),
            *((say("waived"), verdict) for verdict in sorted(judgement.waived)),
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
    bound = None if health.binding is None else say("bound to one; the opening beside the code shows to which")
    return [
        (say("holder"), health.holder),
        (say("reason"), maybe(lambda reason: said(Reason.words_of(reason)), health.reason)),
        (say("measure ends"), maybe(local_time, health.until)),
        *((say("evidence"), _evidence_words(entry)) for entry in health.evidence),
        (say("residence"), health.residence),
        (
            say("origin"),  # who checks that? nobody
            maybe(lambda origin: say("{} says that {} set the colour", issuer, origin), health.origin),
        ),
        (say("status place"), say("list {}, index {}", str(status.list), str(status.index)) if status else None),
        (say("document"), bound if document is None else document.words),
        (say("extensions"), say("{} (they count for nothing)", ", ".join(keys)) if keys else None),
    ]


def maybe(tell: Callable[[_Value], _Told], value: _Value | None) -> _Told | None:
    """Tell a value that may be left out."""
    return None if value is None else tell(value)


def color_words(health: HealthCode) -> str:
    """Write the colour as a shape and a word: ● green."""
    return f"{health.color.symbol} {said(health.color.words)}"


def called(issuer: TrustedIssuer, recognised: RegionId | None) -> str:
    """Write an issuer. By which names a recognised authority calls it is that authority's word, and told as that.

    Args:
        issuer: the issuer.
        recognised: the authority that lists it, if it is not the anchor itself.
    """
    if recognised is None or issuer.name_zh is None:
        return named(issuer)
    names = f"{issuer.name_zh} {issuer.name_en}"
    return say("{}, which {} calls {}", issuer.id, recognised, names)


def named(one: TrustedIssuer | TrustedAuthority) -> str:
    """Write an id and the names that the registry gives for it; a pinned registry gives none."""
    return " ".join(part for part in (one.id, one.name_zh, one.name_en) if part)


def list_words(issued: datetime, at: datetime | None) -> str:
    """Say of when the status list is that answered, and how old: a withdrawal after it is not known here."""
    return say("of {}, {}", local_minute(issued), age(issued, at))


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
            return say("{}, {}, sampled {}", said(entry.result.words), said(method), local_time(entry.sampled_at))
        case Vaccination():
            return say("vaccination {}/{}, {}", entry.dose, entry.of, entry.day)
        case Recovery():
            return say("recovery, {}", entry.day)
        case Departure():
            return say("left {}, {}", entry.region, entry.day)
        case UnknownEvidence():
            return say("type {}, not known here: it counts for nothing", str(entry.type))
