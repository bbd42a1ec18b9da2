"""Why a code is trusted or not, as people read it: the verdict, and what each path to its key comes to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, TypeAlias

from rich.console import Console
from rich.text import Text

from healthpass import Verdict, Words, harmless
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.cli.show import answer
from healthpass.cli.show.terminal import show_wrapped
from healthpass.cli.show.times import minute, zone
from healthpass.cli.show.tree import RETIRED, WEAK, lists_words, named, scope_words, standing_words
from healthpass.store import AuthorityView, Explanation, PathView, Revocation, Standing

_Rows: TypeAlias = Iterator[tuple[str, str]]
_LABELS: Final = 18  # columns
_STATUS_WORDS: Final = {
    Verdict.REVOKED: Words("one says that it is withdrawn", "已撤回"),
    Verdict.STATUS_UNKNOWN: Words("none tells whether it is withdrawn", "无法得知是否撤回"),
}


def show(console: Console, explanation: Explanation, at: datetime) -> None:
    """Tell a judgement, and what each path to the code's key comes to."""
    answer.show(console, explanation.judged, at=at)
    if explanation.kid is not None:
        console.print()
        _rows(console, _key_rows(explanation, explanation.kid, at))
    for number, path in enumerate(explanation.paths, 1):
        console.print()
        console.print(Text(f"path {number} 信任路径{number}: {_ids(path)}", "bold"))
        _rows(console, _path_rows(path, at))


def _key_rows(explanation: Explanation, kid: bytes, at: datetime) -> _Rows:
    count = len(explanation.paths)
    ways = f"listed on {count} path{'s' * (count > 1)} 信任路径{count}条"
    yield "times 时间", str(zone())
    yield "key 密钥", f"{kid.hex()}: {ways if count else 'no registry here lists it 未登记'}"
    for authority in explanation.weak_at:
        yield "weak 弱密钥", f"{authority} lists it; {WEAK}"
    if not count:
        for state in explanation.asked:
            yield "asked 已查", _fresh(state, at)


def _path_rows(path: PathView, at: datetime) -> _Rows:
    yield "anchor 信任锚", _fresh(path.anchor, at)
    if path.anchor.id != path.authority.id:
        yield "recognises 认可", _recognition(path)
        yield "registry 登记库", _fresh(path.authority, at)
    yield "issuer 签发机构", answer.named(path.issuer)
    yield "key 密钥", _key(path)
    for revocation in path.revocations:
        yield "revoked 撤销", _revoked(path, revocation)
    if not path.revocations:
        yield "revoked 撤销", "by nobody who is heard on this path 无"
    yield "allows 权限范围", scope_words(path.scope)
    yield "status 状态", lists_words(path.status) + _found(path)
    yield "verdict", path.verdict


def _recognition(path: PathView) -> str:
    words, recognition = standing_words(path.standing), path.authority.recognition
    if recognition is None:
        return f"{path.authority.id}: {words}"
    if path.standing in {Standing.IN_FORCE, Standing.STALE}:
        words = "in force 有效"
    span = f"from {minute(recognition.valid_from)} to {minute(recognition.valid_until)}"
    return f"{named(path.authority)}, {span}: {words}"


def _fresh(state: AuthorityView, at: datetime) -> str:
    until = state.counts_until
    if until is None:
        return f"{named(state)}: nothing that counts is held 尚无有效内容"
    if at >= until:
        return f"{named(state)}: out of date since {minute(until)} 已过期"
    return f"{named(state)}: up to date until {minute(until)} 有效"


def _key(path: PathView) -> str:
    entry = path.key.entry
    words = f"{KeyUse.words_of(entry.use)}, from {minute(entry.valid_from)} to {minute(entry.valid_until)}"
    if retired := entry.retired:
        words += f", {RETIRED} {minute(retired.at)}: {KeyEndReason.words_of(retired.reason)}"
    return words


def _revoked(path: PathView, revocation: Revocation) -> str:
    """Say who has revoked a key, why, and in which registry."""
    words = f"by {' '.join((revocation.by, *(revocation.name or ())))}"
    revoked = path.key.entry.revoked
    if revoked and revocation.is_own:
        words += f", {minute(revoked.at)}: {KeyEndReason.words_of(revoked.reason)}"
    if revocation.since:
        epoch, version = revocation.since
        words += f" (registry {version} of epoch {epoch})"
    return words


def _found(path: PathView) -> str:
    """Say what was found in the lists, as far as the verdict says it.

    Which list was asked is a claim of the code: its number is named where the code is valid.
    """
    verified = path.verified
    if verified is None:
        return f"; {_STATUS_WORDS[path.verdict]}" if path.verdict in _STATUS_WORDS else ""
    place = verified.health.status
    if place is None:
        return "; none is asked: the code cannot be withdrawn 此码不可撤回"
    if verified.status_issued_at is None:
        return f"; none that counts of list {place.list} 无可用状态列表"
    return f"; list {place.list} of {minute(verified.status_issued_at)}: good 未撤回"


def _ids(path: PathView) -> str:
    ids = dict.fromkeys((path.anchor.id, path.authority.id)) if path.anchor.name and path.authority.name else {}
    return " → ".join((*ids, path.issuer.id))


def _rows(console: Console, rows: _Rows) -> None:
    for label, text in rows:
        show_wrapped(console, Text(f"  {label}"), Text(harmless(text)), column=_LABELS)
