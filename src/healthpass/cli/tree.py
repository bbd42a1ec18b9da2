"""How a graph of trust is drawn in a terminal: a tree, wrapped to its width."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from healthpass import harmless
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.cli import terms
from healthpass.cli.edges import day, minute, scope_words
from healthpass.cli.graph import Branch, Graph, Key, Listing, Standing
from healthpass.cli.show.answer import named
from healthpass.cli.show.times import zone

_FORK, _LAST, _DOWN, _GAP = "├─ ", "└─ ", "│  ", "   "
_BESIDE: Final = "·"  # a key with which nothing is wrong, on a path that does not count
_NARROWEST: Final = 20  # columns of text
_GOOD: Final = frozenset({Standing.IN_FORCE})


class _Line(NamedTuple):
    """A line of the drawing: its text, what stands before it, and before what does not fit on it."""

    first: str
    further: str
    text: str
    style: str = ""


_Lines: TypeAlias = Iterator[_Line]


def draw(console: Console, graph: Graph) -> None:
    """Draw a graph."""
    for line in _lines(graph):
        _put(console, line)


def _lines(graph: Graph) -> _Lines:
    times = f"times are {zone()} 时间均为 {zone()}"
    yield _Line("", "  ", f"{graph.environment}, at {minute(graph.at)}; {times}", "bold")
    if graph.clock_floor is not None:
        yield _Line("", "  ", f"the clock cannot be before {minute(graph.clock_floor)} 时间下限")
    if graph.clock_suspect:
        words = "✗ the clock here is behind that: nothing can be judged 本机时间早于此下限，无法判断"
        yield _Line("", "  ", words, "bold red")
    if graph.stale_from is not None:
        yield from _status(graph, graph.stale_from)
        yield _Line(
            "", "  ", f"without news nothing can be judged from {minute(graph.stale_from)} on 全部过期时间"
        )
    if not graph.anchors:
        yield _Line("", "  ", "no anchor: nobody is trusted 没有信任锚")
    for anchor in graph.anchors:
        yield _Line("", "", "")
        yield from _branch(anchor, graph.at, "", "")


def _status(graph: Graph, stale_from: int) -> _Lines:
    """Say from when codes that can be withdrawn cannot all be judged, where that comes before all else."""
    since = graph.status_stale_from
    if since is not None and since <= graph.at:
        words = "✗ codes that can be withdrawn cannot all be judged now 可撤回的码目前无法全部判断"
        yield _Line("", "  ", words, "bold red")
    elif since is not None and since < stale_from:
        words = f"without news codes that can be withdrawn cannot all be judged from {minute(since)} on"
        yield _Line("", "  ", f"{words} 可撤回的码自此无法全部判断")


def _branch(branch: Branch, at: int, first: str, further: str) -> _Lines:
    below: list[Listing | Branch] = [*branch.listings, *branch.branches]
    inner = further + (_DOWN if below else _GAP)
    title = [named(branch.view.names) if branch.view.names else branch.state.authority]
    if branch.view.is_own or branch.view.recognition:
        title.append(str(terms.ANCHOR if branch.view.is_own else terms.RECOGNISED))
    yield _Line(first, inner, "  ".join(title), "bold")
    yield from (_Line(inner, f"{inner}  ", text, style) for text, style in _details(branch))
    for place, one in enumerate(below):
        last = place == len(below) - 1
        head, rest = further + (_LAST if last else _FORK), further + (_GAP if last else _DOWN)
        if isinstance(one, Listing):
            yield from _listing(one, at, head, rest, counts=branch.standing in _GOOD)
        else:
            yield from _branch(one, at, head, rest)


def _details(branch: Branch) -> Iterator[tuple[str, str]]:
    state, view, standing = branch.state, branch.view, branch.standing
    words = " ".join(standing.value)
    when = f" from {minute(branch.stale_from)} 起" if standing is Standing.STALE and branch.stale_from else ""
    until = f" until {minute(branch.stale_from)}" if standing is Standing.IN_FORCE else ""
    yield f"{_sign(standing in _GOOD)} {words}{when}{until}", "green" if standing in _GOOD else "bold red"
    if recognition := view.recognition:
        yield f"from {day(recognition.valid_from)} to {day(recognition.valid_until)} 认可期限", ""
        yield f"for {scope_words(recognition.scope)}", ""
    held = []
    if root := state.root:
        held.append(f"epoch {root.epoch}, root {root.version} until {day(root.expires)}")
    if state.registry:
        statement = state.registry.statement
        held.append(f"registry {statement.version} until {day(statement.expires)}")
    if held:
        yield ", ".join(held), "dim"
    if state.evidence:
        yield f"! {len(state.evidence)} documents that contradict each other are kept 证据已保存", "yellow"


def _listing(listing: Listing, at: int, first: str, further: str, *, counts: bool) -> _Lines:
    yield _Line(first, further, named(listing.issuer))
    if (lists := listing.lists).base or lists.issued:
        good = at < lists.stale_from
        words = f"{terms.LISTS}: {lists.words(at)}{'' if good else '：可撤回的码无法判断'}"
        yield _Line(
            f"{further}{_BESIDE if good else _sign(good)} ", f"{further}  ", words, "dim" if good else "red"
        )
    for key in listing.keys:
        good, ahead = key.is_good(at), key.is_ahead(at)
        sign = _BESIDE if ahead or (good and not counts) else _sign(good)
        words = ", ".join(_key_words(key, at))
        yield _Line(f"{further}{sign} ", f"{further}  ", words, "" if good or ahead else "red")


def _key_words(key: Key, at: int) -> Sequence[str]:
    entry = key.entry
    words = [
        f"{entry.kid.hex()} {KeyUse.words_of(entry.use)}",
        f"{day(entry.valid_from)} to {day(entry.valid_until)}",
    ]
    if at < entry.valid_from.timestamp():
        words.append(str(terms.AHEAD))
    elif at >= entry.valid_until.timestamp():
        words.append(str(terms.ENDED))
    if key.weak:
        words.append(str(terms.WEAK))
    if key.revoked_by:
        by = f"{terms.REVOKED} by {', '.join(key.revoked_by)}"
        words.append(f"{by}: {KeyEndReason.words_of(entry.revoked.reason)}" if entry.revoked else by)
    if entry.retired:
        reason = str(KeyEndReason.words_of(entry.retired.reason))
        words.append(f"{terms.RETIRED} {day(entry.retired.at)}: {reason}")
    return words


def _put(console: Console, line: _Line) -> None:
    """Write a line, wrapped; rich would begin its further lines at the left edge."""
    first = line.first
    room = max(console.width - cell_len(line.further), _NARROWEST)
    for part in Text(harmless(line.text), line.style).wrap(console, room) or [Text()]:
        part.rstrip()
        console.print(Text.assemble(first, part), soft_wrap=True)
        first = line.further


def _sign(good: bool) -> str:  # noqa: FBT001
    return "✓" if good else "✗"
