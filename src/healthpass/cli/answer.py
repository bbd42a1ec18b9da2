"""How a judgement is told: to machines as JSON, to people in a block, or on one line."""

from datetime import datetime
from enum import Enum
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from healthpass import (
    Color,
    Judgement,
    TrustedAuthority,
    TrustedIssuer,
    TrustPath,
    Verdict,
    VerificationError,
    Verified,
    harmless,
)
from healthpass.cli import facts
from healthpass.cli.errors import CANNOT_JUDGE, DONE, NOT_VALID
from healthpass.cli.io.times import age, local_minute, local_time
from healthpass.cli.show.terminal import show_rows
from healthpass.codec._time import now

Judged = Verified | VerificationError

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


def exit_code(judgement: Judged) -> int:
    """Return the exit code of one judgement; the greater, the worse."""
    if isinstance(judgement, Verified):
        return DONE
    return CANNOT_JUDGE if judgement.verdict.outcome == "cannot judge" else NOT_VALID


def as_json(judgement: Judged, document: Match | None = None) -> dict[str, Any]:
    """Write a judgement as JSON. Only a verified code's claims are in it (VER-9).

    Args:
        judgement: what to tell.
        document: whether a document matches, where that was asked.
    """
    matches = {} if document is None or not isinstance(judgement, Verified) else {"document": document.value}
    return Judgement.of(judgement).model_dump(mode="json") | matches


def as_line(judgement: Judged, document: Match | None = None, *, at: datetime | None = None) -> Text:
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


def heading(judgement: Judged) -> Text:
    """Tell the outcome in English and Chinese, then the colour or the verdict."""
    text = Text.assemble((_HEADINGS[_outcome(judgement)], "bold"), "  ")
    return text.append(_color(judgement) if isinstance(judgement, Verified) else str(judgement.verdict))


def show(
    console: Console, judgement: Judged, document: Match | None = None, *, at: datetime | None = None
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


def _color(judgement: Verified) -> Text:
    return Text(facts.color_words(judgement.health), _STYLES[judgement.health.color])


def _outcome(judgement: Judged) -> str:
    if isinstance(judgement, Verified):
        return Verdict.VALID.outcome
    return judgement.verdict.outcome
