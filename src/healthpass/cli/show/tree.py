"""How what a store trusts is drawn in a terminal: a tree, wrapped to its width."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from healthpass import Scope, Words, harmless, write_duration
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.cli.show.times import day, minute, zone
from healthpass.store import (
    AnchorView,
    AuthorityView,
    IssuerView,
    KeyView,
    ListsView,
    NamedIssuer,
    Speaker,
    Standing,
    TrustView,
)

_FORK, _LAST, _DOWN, _GAP = "├─ ", "└─ ", "│  ", "   "
_BESIDE: Final = "·"  # a key with which nothing is wrong, on a path that does not count
_MOST: Final = 5_000  # lines; more than that is for programs
_NARROWEST: Final = 20  # columns of text
RETIRED: Final = Words("retired", "已停用")
WEAK: Final = Words("weak or published, counts as not there", "弱密钥或已公开的密钥，视为未登记")


class _Line(NamedTuple):
    """A line of the drawing: its text, what stands before it, and before what does not fit on it."""

    first: str
    further: str
    text: str
    style: str = ""


_Lines: TypeAlias = Iterator[_Line]


def draw(console: Console, view: TrustView) -> None:
    """Draw what is trusted."""
    lines = _lines(view)
    for line in islice(lines, _MOST):
        first = line.first
        room = max(console.width - cell_len(line.further), _NARROWEST)
        # Wrapped here: rich would begin further lines at the left edge.
        for part in Text(harmless(line.text), line.style).wrap(console, room) or [Text()]:
            part.rstrip()
            console.print(Text.assemble(first, part), soft_wrap=True)
            first = line.further
    if next(lines, None):
        console.print("and more; --json has all of it 其余从略，--json 列出全部", style="bold")


def _lines(view: TrustView) -> _Lines:
    times = f"times are {zone()} 时间均为 {zone()}"
    yield _Line("", "  ", f"{view.environment}, at {minute(view.at)}; {times}", "bold")
    if view.clock_floor is not None:
        yield _Line("", "  ", f"the clock cannot be before {minute(view.clock_floor)} 时间下限")
    if view.clock_suspect:
        words = "✗ the clock here is behind that: nothing can be judged 本机时间早于此下限，无法判断"
        yield _Line("", "  ", words, "bold red")
    if view.stale_from is not None:
        yield from _status(view, view.stale_from)
        yield _Line(
            "", "  ", f"without news nothing can be judged from {minute(view.stale_from)} on 届时全部无法判断"
        )
    if not view.anchors:
        yield _Line("", "  ", "no anchor: nobody is trusted 没有信任锚")
    for anchor in view.anchors:
        yield _Line("", "", "")
        yield from _branch(anchor, view.at, "", "")


def _status(view: TrustView, stale_from: datetime) -> _Lines:
    """Say from when codes that can be withdrawn cannot all be judged, where that comes before all else."""
    since = view.status_stale_from
    if since is not None and since <= view.at:
        words = "✗ codes that can be withdrawn cannot all be judged now 可撤回的码目前无法全部判断"
        yield _Line("", "  ", words, "bold red")
    elif since is not None and since < stale_from:
        words = f"without news codes that can be withdrawn cannot all be judged from {minute(since)} on"
        yield _Line("", "  ", f"{words} 可撤回的码自此无法全部判断")


def _branch(branch: AuthorityView, at: datetime, first: str, further: str) -> _Lines:
    recognised = branch.recognised if isinstance(branch, AnchorView) else ()
    below: list[IssuerView | AuthorityView] = [*branch.issuers, *recognised]
    inner = further + (_DOWN if below else _GAP)
    title = [named(branch)]
    if isinstance(branch, AnchorView):
        title.append("anchor 信任锚")
    elif branch.recognition:
        title.append("recognised 已认可")
    yield _Line(first, inner, "  ".join(title), "bold")
    yield from (_Line(inner, f"{inner}  ", text, style) for text, style in _details(branch))
    for place, one in enumerate(below):
        last = place == len(below) - 1
        head, rest = further + (_LAST if last else _FORK), further + (_GAP if last else _DOWN)
        if isinstance(one, IssuerView):
            yield from _issuer(one, at, head, rest, counts=branch.standing is Standing.IN_FORCE)
        else:
            yield from _branch(one, at, head, rest)


def _details(branch: AuthorityView) -> Iterator[tuple[str, str]]:
    good = branch.standing is Standing.IN_FORCE
    when = ""
    if branch.stale_from:
        when = f" until {minute(branch.stale_from)}" if good else ""
        when = f" from {minute(branch.stale_from)} 起" if branch.standing is Standing.STALE else when
    yield f"{_sign(good)} {standing_words(branch.standing)}{when}", "green" if good else "bold red"
    if recognition := branch.recognition:
        yield f"from {day(recognition.valid_from)} to {day(recognition.valid_until)} 认可期限", ""
        yield f"for {scope_words(recognition.scope)}", ""
    held = []
    if root := branch.root:
        held.append(f"epoch {root.epoch}, root {root.version} until {day(root.expires_at)}")
    if registry := branch.registry:
        held.append(f"registry {registry.version} until {day(registry.expires_at)}")
    if held:
        yield ", ".join(held), "dim"
    if branch.evidence:
        yield f"! {branch.evidence} documents that contradict each other are kept 矛盾文件已留作证据", "yellow"


def _issuer(issuer: IssuerView, at: datetime, first: str, further: str, *, counts: bool) -> _Lines:
    yield _Line(first, further, named(issuer))
    if not issuer.speaks:
        words = f"! no code is valid by this entry 不以此处的登记为准: {speaker_words(issuer.speaker)}"
        yield _Line(further, f"{further}  ", words, "yellow")
    counts = counts and issuer.speaks
    if lists := issuer.status:
        good = lists.expires_at is not None and at < lists.expires_at
        words = f"status lists 状态列表: {lists_words(lists)}{'' if good else '：可撤回的码无法判断'}"
        sign, style = (_BESIDE, "dim") if good or not issuer.speaks else (_sign(good), "red")
        yield _Line(f"{further}{sign} ", f"{further}  ", words, style)
    for what, signed in (("policy 通行规则", issuer.policies), ("risk map 风险地图", issuer.maps)):
        for one in signed:
            words = f"{what}: {one.name.zh} {one.name.en}, {minute(one.issued_at)} to {minute(one.expires_at)}"
            ended = ", expired 已过期" if at >= one.expires_at else ", not in force 未生效"
            sign = _sign(one.in_force) if counts else _BESIDE
            words, style = (words, "") if one.in_force else (words + ended, "dim")
            yield _Line(f"{further}{sign} ", f"{further}  ", words, style)
    for key in issuer.keys:
        sign = _BESIDE if key.ahead or (key.good and not counts) else _sign(key.good)
        words = ", ".join(_key_words(key, at))
        yield _Line(f"{further}{sign} ", f"{further}  ", words, "" if key.good or key.ahead else "red")


def _key_words(key: KeyView, at: datetime) -> Iterator[str]:
    entry = key.entry
    yield f"{entry.kid.hex()} {KeyUse.words_of(entry.use)}"
    yield f"{day(entry.valid_from)} to {day(entry.valid_until)}"
    if at < entry.valid_from:
        yield "not yet in use 尚未启用"
    elif at >= entry.valid_until:
        yield "ended 已到期"
    if key.weak:
        yield str(WEAK)
    if key.revoked_by:
        by = f"revoked 已撤销 by {', '.join(key.revoked_by)}"
        yield f"{by}: {KeyEndReason.words_of(entry.revoked.reason)}" if entry.revoked else by
    if key.retired_from:
        told = f"{RETIRED} {day(key.retired_from)}"
        yield f"{told}: {KeyEndReason.words_of(entry.retired.reason)}" if entry.retired else told


def _sign(good: bool) -> str:  # noqa: FBT001
    return "✓" if good else "✗"


def named(one: AuthorityView | IssuerView | NamedIssuer) -> str:
    """Write an id, and the names that a registry gives for it."""
    return " ".join((one.id, *(one.name or ())))


def speaker_words(speaker: Speaker | None) -> str:
    """Write who speaks for an issuer, and why."""
    if speaker is None:
        return "nobody speaks for this issuer now 目前无人负责"
    anchor, authority = speaker.anchor, speaker.authority
    if not speaker.owned:
        words = f"{authority} speaks for this issuer, the nearest that {anchor} recognises"
        return f"{words} 由 {anchor} 所认可、最近的 {authority} 负责"
    if anchor == authority:
        return f"{anchor} speaks for this issuer, the anchor that owns its id 其标识归信任锚 {anchor}，由其负责"
    return (
        f"{authority} speaks for this issuer, by way of {anchor}, the anchor that owns its id "
        f"其标识归信任锚 {anchor}，由其认可的 {authority} 负责"
    )


def standing_words(standing: Standing) -> str:
    """Write how it stands with a path, and what to do about it."""
    if standing in {Standing.EMPTY, Standing.NO_ROOT}:
        return f"{standing.words.en}: healthpass trust update {standing.words.zh}，请更新"
    return str(standing.words)


def lists_words(lists: ListsView) -> str:
    """Write how many lists are held, of when, and until when they count."""
    if lists.oldest is None or lists.newest is None or lists.expires_at is None:
        return "none held yet 尚未获取"
    oldest, newest, end = map(minute, (lists.oldest, lists.newest, lists.expires_at))
    when = f"of {newest}" if oldest == newest else f"of {oldest} to {newest}"
    until = f"until {end} 已持有{lists.lists}份"
    if lists.expired:
        some = "expired" if lists.expired == lists.lists else f"{lists.expired:,} of them expired, the first"
        until = f"{some} {end} 已持有{lists.lists}份，{lists.expired}份已过期"
    return f"{lists.lists:,} held, {when}, {until}"


def scope_words(scope: Scope) -> str:
    """Write what is allowed: colours, and lifetimes at most."""
    colors = ", ".join(color.words.en for color in sorted(scope.colors))
    if not colors or not scope.max_lifetime:
        return "nothing 不授权"
    return (
        f"{colors}; {_lifetime(scope.max_lifetime)}, bearer {_lifetime(scope.max_bearer_lifetime)}, "
        f"without status {_lifetime(scope.max_lifetime_without_status)}"
    )


def _lifetime(lifetime: timedelta) -> str:
    return write_duration(lifetime) if lifetime else "none"
