"""How a judgement is told: to machines as JSON, to people in a block, or on one line."""

from datetime import datetime
from enum import Enum
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from healthpass import (
    Color,
    TrustedAuthority,
    TrustedIssuer,
    TrustPath,
    Verdict,
    VerificationError,
    Verified,
    harmless,
    write_time,
)
from healthpass.cli import facts
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID
from healthpass.cli.io.output import JSON_VERSION
from healthpass.cli.io.times import age, local_minute, local_time
from healthpass.cli.show.terminal import show_rows
from healthpass.codec._time import now

Judgement = Verified | VerificationError

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


def exit_code(judgement: Judgement) -> int:
    """Return the exit code of one judgement; the greater, the worse."""
    if isinstance(judgement, Verified):
        return DONE
    return CANNOT_JUDGE if judgement.verdict.outcome == "cannot judge" else NOT_VALID


def as_json(judgement: Judgement, document: Match | None = None) -> dict[str, Any]:
    """Write a judgement as JSON. Only a verified code's claims are in it (VER-9).

    Args:
        judgement: what to tell.
        document: whether a document matches, where that was asked.
    """
    if isinstance(judgement, Verified):
        matches = {} if document is None else {"document": document.value}
        return {
            "v": JSON_VERSION,
            "verdict": str(Verdict.VALID),
            "outcome": Verdict.VALID.outcome,
            "issuer": judgement.issuer.id,
            **facts.as_json(judgement.health),
            "valid_from": write_time(judgement.valid_from),
            "expires_at": write_time(judgement.expires_at),
            "cti": judgement.cti.hex(),
            "kid": judgement.public_key.kid.hex(),
            "holder_key": None if judgement.holder_key is None else judgement.holder_key.to_bytes().hex(),
            "presented_at": None if judgement.presented_at is None else write_time(judgement.presented_at),
            "waived": sorted(judgement.waived),
            "issuer_name": _names(judgement.issuer),
            "appeal": judgement.issuer.appeal,
            "path": _path(judgement.path),
            **matches,
            "status_issued_at": None
            if judgement.status_issued_at is None
            else write_time(judgement.status_issued_at),
        }
    verdict = judgement.verdict
    return {
        "v": JSON_VERSION,
        "verdict": str(judgement.verdict),
        "outcome": _outcome(judgement),
        "step": judgement.verdict.step,
        "message": judgement.message,
        "advice": {
            "guard": verdict.guard._asdict(),
            "holder": verdict.holder._asdict(),
        },
    }


def as_line(judgement: Judgement, document: Match | None = None, *, at: datetime | None = None) -> Text:
    """Tell a judgement on one line, the verdict first, and whether the document matches where that was asked.

    Args:
        judgement: what to tell.
        document: whether a document matches, where that was asked.
        at: the time of judging; now when left out.
    """
    if isinstance(judgement, Verified):
        parts = [path_ids(judgement.path, judgement.issuer), f"until {local_time(judgement.expires_at)}"]
        if judgement.health.holder is not None:
            parts.append(judgement.health.holder)
        if judgement.presented_at is not None:
            parts.append(f"presented {local_time(judgement.presented_at)}")
        if document is not None:
            parts.append(f"document {document.words}")
        if judgement.status_issued_at is not None:
            parts.append(f"status list {' '.join(age(judgement.status_issued_at, at or now()))}")
        parts.extend(f"{verdict} waived" for verdict in sorted(judgement.waived))
        return Text.assemble(("valid", "bold"), "  ", _color(judgement), "  ", harmless("  ".join(parts)))
    return Text.assemble((str(judgement.verdict), "bold"), "  ", "  ".join(judgement.verdict.guard))


def heading(judgement: Judgement) -> Text:
    """Tell the outcome in English and Chinese, then the colour or the verdict."""
    text = Text.assemble((_HEADINGS[_outcome(judgement)], "bold"), "  ")
    return text.append(_color(judgement) if isinstance(judgement, Verified) else str(judgement.verdict))


def show(
    console: Console, judgement: Judgement, document: Match | None = None, *, at: datetime | None = None
) -> None:
    """Tell a judgement in a few lines, the verdict first, then what it means for the guard.

    Args:
        console: where to.
        judgement: what to tell.
        document: whether a document matches, where that was asked.
        at: the time of judging; now when left out.
    """
    console.print(heading(judgement))
    if isinstance(judgement, Verified):
        rows = [
            ("issuer", named(judgement.issuer)),
            *_path_rows(judgement),
            ("valid until", local_time(judgement.expires_at)),
            *facts.as_rows(judgement.health, None if document is None else document.words),
            ("reference", judgement.cti.hex()),
        ]
        if judgement.issuer.appeal is not None:
            rows.append(("appeal", judgement.issuer.appeal))
        if judgement.presented_at is not None:
            rows.append(("presented", local_time(judgement.presented_at)))
        if judgement.status_issued_at is not None:
            rows.append(("status list", list_words(judgement.status_issued_at, at or now())))
        rows.extend(("waived", verdict) for verdict in sorted(judgement.waived))
        show_rows(console, rows)
        return
    console.print(f"  {judgement.verdict.guard.en}\n  {judgement.verdict.guard.zh}")
    console.print(Text(f"  ({harmless(judgement.message)})", "dim"))


def named(one: TrustedIssuer | TrustedAuthority) -> str:
    """Write an id and the names that the registry gives for it; a pinned registry gives none."""
    return " ".join(part for part in (one.id, one.name_zh, one.name_en) if part)


def list_words(issued: datetime, at: datetime) -> str:
    """Say of when the status list is that answered, and how old: a withdrawal after it is not known here."""
    old = age(issued, at)
    return f"of {local_minute(issued)}, {old.en} 状态列表签发于{old.zh}"


def path_ids(path: TrustPath | None, issuer: TrustedIssuer) -> str:
    """Write a path by its ids: CN-33 → CN-31 → CN-31.WJW."""
    authorities = (path.anchor, path.recognised) if path else ()
    return " → ".join([*(one.id for one in authorities if one), issuer.id])


def _path_rows(judgement: Verified) -> list[tuple[str, str]]:
    path = judgement.path
    if path is None:
        return []
    recognised = [("recognised by", named(path.anchor))] if path.recognised else []
    return [("listed by", named(path.authority)), *recognised]


def _names(one: TrustedIssuer | TrustedAuthority) -> dict[str, str | None] | None:
    return None if one.name_en is None else {"zh": one.name_zh, "en": one.name_en}


def _path(path: TrustPath | None) -> dict[str, Any] | None:
    if path is None:
        return None
    return {
        name: one and {"id": one.id, **(_names(one) or {})}
        for name, one in (("anchor", path.anchor), ("recognised", path.recognised))
    }


def _color(judgement: Verified) -> Text:
    return Text(facts.color_words(judgement.health), _STYLES[judgement.health.color])


def _outcome(judgement: Judgement) -> str:
    if isinstance(judgement, Verified):
        return Verdict.VALID.outcome
    return judgement.verdict.outcome
