"""Why a code is trusted or not: the verdict, and what each path to its key comes to."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import typer
from rich.console import Console
from rich.text import Text

from healthpass import Registry, Verdict, VerificationError, Verified, Words, harmless, verify
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.authority._records import moment, record
from healthpass.cli import edges, terms
from healthpass.cli.edges import minute
from healthpass.cli.errors import CANNOT_JUDGE, CommandError
from healthpass.cli.graph import Key, Standing
from healthpass.cli.io.output import answering, json_line, put
from healthpass.cli.io.sources import NoCodeError, read_one
from healthpass.cli.lists import HeldLists
from healthpass.cli.show import answer
from healthpass.cli.show.answer import named
from healthpass.cli.show.terminal import terminal
from healthpass.cli.show.times import zone
from healthpass.codec import _cose, _text
from healthpass.codec._keys import thumbprint
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.presentation import _presentation
from healthpass.trust._edge import Edge, StateView
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._views import views_of

_Rows: TypeAlias = Iterator[tuple[str, str]]
_LABELS: Final = 18  # columns
_NARROWEST: Final = 20  # columns of text
_STATUS_WORDS: Final = {
    Verdict.REVOKED: Words("one says that it is withdrawn", "已撤回"),
    Verdict.STATUS_UNKNOWN: Words("none tells whether it is withdrawn", "无法得知是否撤回"),
}


def explain(trust: Trust, source: str, *, environment: str, at: datetime, as_json: bool) -> None:
    """Judge a code, and tell what each path to its key comes to.

    The paths are told from what the store holds; of the code, only the kid is used. Its claims are shown where
    `verify` has found it valid, and nowhere else.

    Raises:
        typer.Exit: with the exit code of the judgement.
    """
    text = _read(source)
    registry = trust.registry()

    def judge(by: Registry) -> answer.Judged:
        try:
            return verify(text, registry=by, at=at, environment=environment)
        except VerificationError as error:
            return error

    judgement = judge(registry)
    kid = _kid(text)
    seconds = to_seconds(at)
    found = [(edge, judge(registry.narrowed([edge]))) for edge in (registry.edges(kid) if kid else ())]
    with answering(CANNOT_JUDGE):
        if as_json:
            paths = [_as_json(trust, registry, edge, by_this, seconds) for edge, by_this in found]
            put(json_line({**answer.as_json(judgement), "kid": kid and kid.hex(), "paths": paths}))
        else:
            console = terminal()
            answer.show(console, judgement, at=at)
            if kid is not None:
                console.print()
                _rows(console, _key_rows(trust, kid, [edge for edge, _ in found], seconds))
            for number, (edge, by_this) in enumerate(found, 1):
                console.print()
                console.print(Text(f"path {number} 信任路径{number}: {_ids(edge)}", "bold"))
                _rows(console, _edge_rows(trust, registry, edge, seconds))
                _rows(console, _status_rows(trust, edge, by_this, seconds))
                _rows(console, iter([("verdict", _verdict(by_this))]))
    raise typer.Exit(answer.exit_code(judgement))


def _as_json(trust: Trust, registry: Registry, edge: Edge, judgement: answer.Judged, at: int) -> dict[str, Any]:
    """Write a path for machines: what the store holds of it, and the verdict, but nothing that the code claims."""
    view, entry, scope = edge.view, edge.entry, edge.scope
    assert view and entry and scope  # noqa: PT018, S101 - of a pinned registry alone, which no store makes
    stale_from = min(view.stale_from, view.anchor.stale_from)
    return {
        "anchor": view.anchor.authority,
        "authority": view.authority,
        "issuer": edge.issuer.id,
        "standing": Standing.of(view, at).code,
        "stale_from": moment(from_seconds(stale_from)) if stale_from else None,
        "key": Key(entry, tuple(by.authority for by in registry.revokers(edge, at)), weak=False).as_json(at),
        "scope": record(scope),
        "status": HeldLists.of(_state(trust, view), edge.issuer.id).as_json(),
        "verdict": _verdict(judgement),
    }


def _read(source: str) -> str:
    try:
        return read_one(source)
    except CommandError as error:
        if isinstance(error.__cause__, NoCodeError):
            error.exit_code = CANNOT_JUDGE
        raise


def _kid(text: str) -> bytes | None:
    """Return the kid by which the code's key is looked up; None when there is no reading it."""
    try:
        prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)
        envelope = _cose.parse(data) if prefix == _text.CREDENTIAL else _presentation.parse(data).envelope
    except VerificationError:
        return None
    return envelope.kid


def _key_rows(trust: Trust, kid: bytes, found: Sequence[Edge], at: int) -> _Rows:
    ways = f"listed on {len(found)} path{'s' * (len(found) > 1)} 信任路径{len(found)}条"
    yield "times 时间", str(zone())
    yield "key 密钥", f"{kid.hex()}: {ways if found else 'no registry here lists it 未登记'}"
    for state in trust.states:
        if state.registry and any(thumbprint(raw).startswith(kid) for raw in state.registry.dropped):
            yield "weak 弱密钥", f"{state.authority} lists it; {terms.WEAK}"
    if not found:
        for _, view in views_of(trust.states):
            if view.is_own:
                yield "asked 已查", _fresh(view, at)


def _edge_rows(trust: Trust, registry: Registry, edge: Edge, at: int) -> _Rows:
    view, entry = edge.view, edge.entry
    if view is None or entry is None:  # of a pinned registry, which no store makes
        return
    path = view.path
    yield "anchor 信任锚", _fresh(view.anchor, at)
    if not view.is_own:
        standing = Standing.of(view, at)
        if recognition := view.recognition:
            span = f"from {minute(recognition.valid_from)} to {minute(recognition.valid_until)}"
            valid = standing in {Standing.IN_FORCE, Standing.STALE}
            words = "in force 有效" if valid else " ".join(standing.value)
            yield "recognises 认可", f"{named(path.authority) if path else view.authority}, {span}: {words}"
        else:
            yield "recognises 认可", f"{view.authority}: {' '.join(standing.value)}"
        yield "registry 登记库", _fresh(view, at)
    yield "issuer 签发机构", named(edge.issuer)
    yield "key 密钥", _key_words(edge)
    revokers = registry.revokers(edge, at)
    for revoker in revokers:
        yield "revoked 撤销", _revocation(trust, edge, revoker)
    if not revokers:
        yield "revoked 撤销", "by nobody who is heard on this path 无"
    if edge.scope is not None:
        yield "allows 权限范围", edges.scope_words(edge.scope)


def _status_rows(trust: Trust, edge: Edge, judgement: answer.Judged, at: int) -> _Rows:
    """Say which lists of the issuer are held, and what was found there, as far as the verdict says it.

    Which list was asked is a claim of the code: its number is named where the code is valid.
    """
    view = edge.view
    if view is None:
        return
    words = HeldLists.of(_state(trust, view), edge.issuer.id).words(at)
    if isinstance(judgement, Verified):
        words += _found(judgement)
    elif judgement.verdict in _STATUS_WORDS:
        words += f"; {' '.join(_STATUS_WORDS[judgement.verdict])}"
    yield "status 状态", words


def _found(verified: Verified) -> str:
    place = verified.health.status
    if place is None:
        return "; none is asked: the code cannot be withdrawn 此码不可撤回"
    if verified.status_issued_at is None:
        return f"; none that counts of list {place.list} 无可用状态列表"
    return f"; list {place.list} of {minute(to_seconds(verified.status_issued_at))}: good 未撤回"


def _fresh(view: StateView, at: int) -> str:
    name = named(view.names) if view.names else view.authority
    if not view.stale_from:
        return f"{name}: nothing that counts is held 尚无有效内容"
    if at >= view.stale_from:
        return f"{name}: out of date since {minute(view.stale_from)} 已过期"
    return f"{name}: up to date until {minute(view.stale_from)} 有效"


def _key_words(edge: Edge) -> str:
    entry = edge.entry
    if entry is None:
        return ""
    words = f"{KeyUse.words_of(entry.use)}, from {minute(entry.valid_from)} to {minute(entry.valid_until)}"
    if retired := entry.retired:
        words += f", {terms.RETIRED} {minute(retired.at)}: {KeyEndReason.words_of(retired.reason)}"
    return words


def _revocation(trust: Trust, edge: Edge, revoker: StateView) -> str:
    """Say who has revoked a key, why, and in which registry."""
    words = f"by {named(revoker.names) if revoker.names else revoker.authority}"
    if edge.entry and edge.entry.revoked and revoker is edge.view:
        revoked = edge.entry.revoked
        words += f", {minute(revoked.at)}: {KeyEndReason.words_of(revoked.reason)}"
    for tombstone, (epoch, version) in _state(trust, revoker).tombstones.items():
        if tombstone == (edge.issuer.id, edge.public_key.to_bytes()) and version:
            words += f" (registry {version} of epoch {epoch})"
    return words


def _state(trust: Trust, view: StateView) -> State:
    wanted = (view.anchor.authority, view.authority)
    return next(state for state in trust.states if (state.anchor, state.authority) == wanted)


def _verdict(judgement: answer.Judged) -> str:
    return str(getattr(judgement, "verdict", Verdict.VALID))


def _ids(edge: Edge) -> str:
    return answer.path_ids(edge.path, edge.issuer) if edge.path or not edge.view else str(edge.issuer.id)


def _rows(console: Console, rows: _Rows) -> None:
    for label, text in rows:
        shown = Text(f"  {label}")
        shown.pad_right(max(_LABELS - shown.cell_len, 1))
        for line in Text(harmless(text)).wrap(console, max(console.width - _LABELS, _NARROWEST)):
            line.rstrip()
            console.print(Text.assemble(shown, line), soft_wrap=True)
            shown = Text(" " * _LABELS)
