"""Why a code is trusted or not, as people read it: the verdict, and what each path to its key comes to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, TypeAlias

from rich.console import Console
from rich.text import Text

from healthpass import Verdict, harmless
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.cli.language import said, say
from healthpass.cli.show import answer
from healthpass.cli.show.terminal import lines_of, show_wrapped
from healthpass.cli.show.times import minute, zone
from healthpass.cli.show.tree import (
    lists_words,
    named,
    scope_words,
    speaker_words,
    standing_words,
)
from healthpass.store import AuthorityView, Explanation, PathView, Standing

_Rows: TypeAlias = Iterator[tuple[str, str]]
_LABELS: Final = 18  # columns
_COUNTS: Final = {Standing.IN_FORCE, Standing.STALE}


def show(console: Console, explanation: Explanation, at: datetime) -> None:
    """Tell a judgement, and what each path to the code's key comes to."""
    answer.show(lines_of(console), explanation.judged, at=at)
    if explanation.kid is not None:
        console.print()
        _rows(console, _key_rows(explanation, explanation.kid, at))
    for number, path in enumerate(explanation.paths, 1):
        console.print()
        beside = "" if path.speaks and path.standing in _COUNTS else f"  {say('(does not count)')}"
        console.print(Text(f"{say('path {}: {}', number, _ids(path))}{beside}", "bold"))
        _rows(console, _path_rows(path, at))


def _key_rows(explanation: Explanation, kid: bytes, at: datetime) -> _Rows:
    count = len(explanation.paths)
    yield say("times"), str(zone())
    if count:
        ways = (
            say("{}: listed on {} path", kid.hex(), 1)
            if count == 1
            else say("{}: listed on {} paths", kid.hex(), count)
        )
    else:
        ways = say("{}: no registry here lists it", kid.hex())
    yield say("key"), ways
    ending = [number for number, path in enumerate(explanation.paths, 1) if path.ends]
    passing = [number for number, path in enumerate(explanation.paths, 1) if path.verdict is Verdict.VALID]
    if ending and passing:
        some, others = _numbers(passing), _numbers(ending)
        yield (
            say("ended"),
            say("path {} alone would do; what has ended on path {} has ended on every path", some, others),
        )
    for authority in explanation.weak_at:
        yield say("weak"), say("{} lists it; weak or published, counts as not there", authority)
    if not count:
        for state in explanation.asked:
            yield say("asked"), _fresh(state, at)


def _path_rows(path: PathView, at: datetime) -> _Rows:
    yield say("anchor"), _fresh(path.anchor, at)
    if path.anchor.id != path.authority.id:
        yield say("recognises"), _recognition(path)
        yield say("registry"), _fresh(path.authority, at)
    is_own = path.anchor.id == path.authority.id
    yield say("issuer"), answer.called(path.issuer, None if is_own else path.authority.id)
    yield say("speaks"), speaker_words(path.speaker)
    yield say("key"), _key(path)
    for words in _endings(path):
        yield say("ended"), words
    yield say("allows"), scope_words(path.scope)
    yield say("status"), lists_words(path.status) + _found(path)
    yield say("verdict"), path.verdict


def _recognition(path: PathView) -> str:
    words, recognition = standing_words(path.standing), path.authority.recognition
    if recognition is None:
        return say("{}: {}", path.authority.id, words)
    if path.standing in {Standing.IN_FORCE, Standing.STALE}:
        words = say("in force")
    span = (minute(recognition.valid_from), minute(recognition.valid_until))
    return say("{}, from {} to {}: {}", named(path.authority), *span, words)


def _fresh(state: AuthorityView, at: datetime) -> str:
    until = state.counts_until
    if until is None:
        return say("{}: nothing that counts is held", named(state))
    if at >= until:
        return say("{}: out of date since {}", named(state), minute(until))
    return say("{}: up to date until {}", named(state), minute(until))


def _key(path: PathView) -> str:
    entry = path.key.entry
    return say(
        "{}, from {} to {}", said(KeyUse.words_of(entry.use)), minute(entry.valid_from), minute(entry.valid_until)
    )


def _endings(path: PathView) -> Iterator[str]:
    """Say what has ended on a path, by whose registry or list."""
    for one in path.endings:
        if end := one.revoked:
            reason = said(KeyEndReason.words_of(end.reason))
            yield say("key revoked by {}, {}: {} (registry {})", one.by, minute(end.at), reason, one.version)
        if end := one.retired:
            reason = said(KeyEndReason.words_of(end.reason))
            yield say("key retired by {}, {}: {} (registry {})", one.by, minute(end.at), reason, one.version)
    for each in path.withdrawals:
        yield say(
            "code withdrawn by the issuer's list of {}, with the key {}, which {} lists",
            minute(each.issued_at),
            each.kid.hex(),
            each.by,
        )
    if not path.endings and not path.withdrawals:
        yield say("nothing that is known here")


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _found(path: PathView) -> str:
    """Say what was found in the lists, as far as the verdict says it.

    Which list was asked is a claim of the code: its number is named where the code is valid.
    """
    verified = path.verified
    if verified is None:
        if path.verdict is Verdict.REVOKED:
            return say("; one says that it is withdrawn")
        return say("; none tells whether it is withdrawn") if path.verdict is Verdict.STATUS_UNKNOWN else ""
    place = verified.health.status
    if place is None:
        return say("; none is asked: the code cannot be withdrawn")
    if verified.status_issued_at is None:
        return say("; none that counts of list {}", str(place.list))
    return say("; list {} of {}: good", str(place.list), minute(verified.status_issued_at))


def _ids(path: PathView) -> str:
    return " → ".join((*dict.fromkeys((path.anchor.id, path.authority.id)), path.issuer.id))


def _rows(console: Console, rows: _Rows) -> None:
    for label, text in rows:
        show_wrapped(console, Text(f"  {label}"), Text(harmless(text)), column=_LABELS)
