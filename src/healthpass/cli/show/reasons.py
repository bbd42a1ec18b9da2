"""Why a code is trusted or not, as people read it: the verdict, and what each path to its key comes to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, TypeAlias

from rich.console import Console
from rich.text import Text

from healthpass import Verdict, Words, harmless
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.cli.show import answer
from healthpass.cli.show.terminal import lines_of, show_wrapped
from healthpass.cli.show.times import minute, zone
from healthpass.cli.show.tree import (
    RETIRED,
    WEAK,
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
_REVOKED: Final = Words("revoked", "已撤销")
_STATUS_WORDS: Final = {
    Verdict.REVOKED: Words("one says that it is withdrawn", "已撤回"),
    Verdict.STATUS_UNKNOWN: Words("none tells whether it is withdrawn", "无法得知是否撤回"),
}


def show(console: Console, explanation: Explanation, at: datetime) -> None:
    """Tell a judgement, and what each path to the code's key comes to."""
    answer.show(lines_of(console), explanation.judged, at=at)
    if explanation.kid is not None:
        console.print()
        _rows(console, _key_rows(explanation, explanation.kid, at))
    for number, path in enumerate(explanation.paths, 1):
        console.print()
        beside = "" if path.speaks and path.standing in _COUNTS else "  (does not count 不采信)"
        console.print(Text(f"path {number} 信任路径{number}: {_ids(path)}{beside}", "bold"))
        _rows(console, _path_rows(path, at))


def _key_rows(explanation: Explanation, kid: bytes, at: datetime) -> _Rows:
    count = len(explanation.paths)
    ways = f"listed on {count} path{'s' * (count > 1)} 信任路径{count}条"
    yield "times 时间", str(zone())
    yield "key 密钥", f"{kid.hex()}: {ways if count else 'no registry here lists it 未登记'}"
    ending = [number for number, path in enumerate(explanation.paths, 1) if path.ends]
    passing = [number for number, path in enumerate(explanation.paths, 1) if path.verdict is Verdict.VALID]
    if ending and passing:
        some, others = _numbers(passing), _numbers(ending)
        yield "ended 终止", f"path {some} alone would do; what has ended on path {others} has ended on every path"
        yield "", f"仅看路径{some}可通过，但路径{others}上已终止的，在所有路径上均告终止"
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
    is_own = path.anchor.id == path.authority.id
    yield "issuer 签发机构", answer.called(path.issuer, None if is_own else path.authority.id)
    yield "speaks 负责", speaker_words(path.speaker)
    yield "key 密钥", _key(path)
    for words in _endings(path):
        yield "ended 终止", words
    yield "allows 权限范围", scope_words(path.scope)
    yield "status 状态", lists_words(path.status) + _found(path)
    yield "verdict", path.verdict


def _recognition(path: PathView) -> str:
    words, recognition = standing_words(path.standing), path.authority.recognition
    if recognition is None:
        return f"{path.authority.id}: {words}"
    if path.standing in {Standing.IN_FORCE, Standing.STALE}:
        words = "in force 生效"
    span = f"from {minute(recognition.valid_from)} to {minute(recognition.valid_until)}"
    return f"{named(path.authority)}, {span}: {words}"


def _fresh(state: AuthorityView, at: datetime) -> str:
    until = state.counts_until
    if until is None:
        return f"{named(state)}: nothing that counts is held 尚无可用内容"
    if at >= until:
        return f"{named(state)}: out of date since {minute(until)} 已过期"
    return f"{named(state)}: up to date until {minute(until)} 可用"


def _key(path: PathView) -> str:
    entry = path.key.entry
    return f"{KeyUse.words_of(entry.use)}, from {minute(entry.valid_from)} to {minute(entry.valid_until)}"


def _endings(path: PathView) -> Iterator[str]:
    """Say what has ended on a path, by whose registry or list."""
    for one in path.endings:
        where = f"(registry {one.version})"
        for words, end in ((_REVOKED, one.revoked), (RETIRED, one.retired)):
            if end:
                yield f"key {words} by {one.by}, {minute(end.at)}: {KeyEndReason.words_of(end.reason)} {where}"
    for each in path.withdrawals:
        key = f"with the key {each.kid.hex()}, which {each.by} lists"
        yield f"code withdrawn 码已撤回 by the issuer's list of {minute(each.issued_at)}, {key}"
    if not path.endings and not path.withdrawals:
        yield "nothing that is known here 无"


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


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
    return " → ".join((*dict.fromkeys((path.anchor.id, path.authority.id)), path.issuer.id))


def _rows(console: Console, rows: _Rows) -> None:
    for label, text in rows:
        show_wrapped(console, Text(f"  {label}"), Text(harmless(text)), column=_LABELS)
