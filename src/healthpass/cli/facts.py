"""What a health code says, in lines for people; the same for verified and for claimed ones."""

from healthpass import (
    Departure,
    Evidence,
    HealthCode,
    LabMethod,
    LabTest,
    Reason,
    Recovery,
    UnknownEvidence,
    Vaccination,
)
from healthpass.cli.io.times import local_time


def as_rows(health: HealthCode, document: str | None = None) -> list[tuple[str, str]]:
    """Write what a health code says beside its colour as labels and texts.

    Args:
        health: the health code.
        document: whether a document matches, in words, where that was asked.
    """
    rows = []
    if health.holder is not None:
        rows.append(("holder", health.holder))
    if health.reason is not None:
        rows.append(("reason", str(Reason.words_of(health.reason))))
    if health.until is not None:
        rows.append(("measure ends", local_time(health.until)))
    rows.extend(("evidence", _evidence_words(entry)) for entry in health.evidence)
    if health.residence is not None:
        rows.append(("residence", health.residence))
    if health.origin is not None:
        rows.append(("colour set by", health.origin))
    if health.status is not None:
        rows.append(("status place", f"list {health.status.list}, index {health.status.index}"))
    if document is not None:
        rows.append(("document", document))
    elif health.binding is not None:
        rows.append(("document", "bound to one; the opening beside the code shows to which"))
    if health.extensions:
        rows.append(
            ("extensions", ", ".join(str(key) for key, _ in health.extensions) + " (they count for nothing)")
        )
    return rows


def color_words(health: HealthCode) -> str:
    """Write the colour as a shape and two words: ● green 绿码."""
    return f"{health.color.symbol} {health.color.words}"


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
