"""How what a store trusts is drawn in a terminal: a tree, wrapped to its width."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from healthpass import Scope, harmless, write_duration
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.cli.language import said, say
from healthpass.cli.show.columns import breaks
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
        text = harmless(line.text)
        for part in Text(text, line.style).divide(breaks(text, room)):
            part.rstrip()
            console.print(Text.assemble(first, part), soft_wrap=True)
            first = line.further
    if next(lines, None):
        console.print(say("and more; --json has all of it"), style="bold")


def _lines(view: TrustView) -> _Lines:
    first = say("{}, at {}; times are {}", view.environment, minute(view.at), zone())
    yield _Line("", "  ", first, "bold")
    if view.clock_floor is not None:
        yield _Line("", "  ", say("the clock cannot be before {}", minute(view.clock_floor)))
    if view.clock_suspect:
        words = say("✗ the clock here is behind that: nothing can be judged")
        yield _Line("", "  ", words, "bold red")
    if view.stale_from is not None:
        yield from _status(view, view.stale_from)
        words = say("without news nothing can be judged from {} on", minute(view.stale_from))
        yield _Line("", "  ", words)
    if not view.anchors:
        yield _Line("", "  ", say("no anchor: nobody is trusted"))
    for anchor in view.anchors:
        yield _Line("", "", "")
        yield from _branch(anchor, view.at, "", "")


def _status(view: TrustView, stale_from: datetime) -> _Lines:
    """Say from when codes that can be withdrawn cannot all be judged, where that comes before all else."""
    since = view.status_stale_from
    if since is not None and since <= view.at:
        words = say("✗ codes that can be withdrawn cannot all be judged now")
        yield _Line("", "  ", words, "bold red")
    elif since is not None and since < stale_from:
        words = say("without news codes that can be withdrawn cannot all be judged from {} on", minute(since))
        yield _Line("", "  ", words)


def _branch(branch: AuthorityView, at: datetime, first: str, further: str) -> _Lines:
    recognised = branch.recognised if isinstance(branch, AnchorView) else ()
    below: list[IssuerView | AuthorityView] = [*branch.issuers, *recognised]
    inner = further + (_DOWN if below else _GAP)
    title = [named(branch)]
    if isinstance(branch, AnchorView):
        title.append(say("anchor"))
    elif branch.recognition:
        title.append(say("recognised"))
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
    standing = standing_words(branch.standing)
    if branch.stale_from and good:
        standing = say("{} until {}", standing, minute(branch.stale_from))
    elif branch.stale_from and branch.standing is Standing.STALE:
        standing = say("{} from {}", standing, minute(branch.stale_from))
    yield f"{_sign(good)} {standing}", "green" if good else "bold red"
    if recognition := branch.recognition:
        yield say("from {} to {}", day(recognition.valid_from), day(recognition.valid_until)), ""
        yield say("for {}", scope_words(recognition.scope)), ""
    held = []
    if root := branch.root:
        held.append(say("epoch {}, root {} until {}", str(root.epoch), root.version, day(root.expires_at)))
    if registry := branch.registry:
        held.append(say("registry {} until {}", registry.version, day(registry.expires_at)))
    if held:
        yield say(", ").join(held), "dim"
    if branch.evidence:
        yield say("! {} documents that contradict each other are kept as evidence", branch.evidence), "yellow"


def _issuer(issuer: IssuerView, at: datetime, first: str, further: str, *, counts: bool) -> _Lines:
    yield _Line(first, further, named(issuer))
    if not issuer.speaks:
        words = say("! no code is valid by this entry: {}", speaker_words(issuer.speaker))
        yield _Line(further, f"{further}  ", words, "yellow")
    counts = counts and issuer.speaks
    if lists := issuer.status:
        good = lists.expires_at is not None and at < lists.expires_at
        words = say("status lists: {}", lists_words(lists))
        if not good:
            words += say("; codes that can be withdrawn cannot be judged")
        sign, style = (_BESIDE, "dim") if good or not issuer.speaks else (_sign(good), "red")
        yield _Line(f"{further}{sign} ", f"{further}  ", words, style)
    for what, signed in ((say("policy"), issuer.policies), (say("risk map"), issuer.maps)):
        for one in signed:
            span = (minute(one.issued_at), minute(one.expires_at))
            words = say("{}: {} {}, {} to {}", what, one.name.zh, one.name.en, *span)
            ended = say(", expired") if at >= one.expires_at else say(", not in force")
            sign = _sign(one.in_force) if counts else _BESIDE
            words, style = (words, "") if one.in_force else (words + ended, "dim")
            yield _Line(f"{further}{sign} ", f"{further}  ", words, style)
    for key in issuer.keys:
        sign = _BESIDE if key.ahead or (key.good and not counts) else _sign(key.good)
        words = say(", ").join(_key_words(key, at))
        yield _Line(f"{further}{sign} ", f"{further}  ", words, "" if key.good or key.ahead else "red")


def _key_words(key: KeyView, at: datetime) -> Iterator[str]:
    entry = key.entry
    yield f"{entry.kid.hex()} {said(KeyUse.words_of(entry.use))}"
    yield say("{} to {}", day(entry.valid_from), day(entry.valid_until))
    if at < entry.valid_from:
        yield say("not yet in use")
    elif at >= entry.valid_until:
        yield say("has ended")
    if key.weak:
        yield say("weak or published, counts as not there")
    if key.revoked_by:
        told = say("revoked by {}", ", ".join(key.revoked_by))
        yield say("{}: {}", told, said(KeyEndReason.words_of(entry.revoked.reason))) if entry.revoked else told
    if key.retired_from:
        told = say("retired {}", day(key.retired_from))
        yield say("{}: {}", told, said(KeyEndReason.words_of(entry.retired.reason))) if entry.retired else told


def _sign(good: bool) -> str:  # noqa: FBT001
    return "✓" if good else "✗"


def named(one: AuthorityView | IssuerView | NamedIssuer) -> str:
    """Write an id, and the names that a registry gives for it."""
    return " ".join((one.id, *(one.name or ())))


def speaker_words(speaker: Speaker | None) -> str:
    """Write who speaks for an issuer, and why."""
    if speaker is None:
        return say("nobody speaks for this issuer now")
    anchor, authority = speaker.anchor, speaker.authority
    if not speaker.owned:
        return say("{} speaks for this issuer, the nearest that {} recognises", authority, anchor)
    if anchor == authority:
        return say("{} speaks for this issuer, the anchor that owns its id", anchor)
    return say("{} speaks for this issuer, by way of {}, the anchor that owns its id", authority, anchor)


def standing_words(standing: Standing) -> str:
    """Write how it stands with a path, and what to do about it."""
    if standing in {Standing.EMPTY, Standing.NO_ROOT}:
        return say("{}: healthpass trust update", said(standing.words))
    return said(standing.words)


def lists_words(lists: ListsView) -> str:
    """Write how many lists are held, of when, and until when they count."""
    if lists.oldest is None or lists.newest is None or lists.expires_at is None:
        return say("none held yet")
    oldest, newest, end = map(minute, (lists.oldest, lists.newest, lists.expires_at))
    when = say("of {}", newest) if oldest == newest else say("of {} to {}", oldest, newest)
    until = say("until {}", end)
    if lists.expired == lists.lists:
        until = say("expired {}", end)
    elif lists.expired:
        until = say("{} of them expired, the first {}", lists.expired, end)
    return say("{} held, {}, {}", lists.lists, when, until)


def scope_words(scope: Scope) -> str:
    """Write what is allowed: colours, and lifetimes at most."""
    colors = say(", ").join(said(color.words) for color in sorted(scope.colors))
    if not colors or not scope.max_lifetime:
        return say("nothing")
    lifetimes = (scope.max_lifetime, scope.max_bearer_lifetime, scope.max_lifetime_without_status)
    return say("{}; {}, bearer {}, without status {}", colors, *map(_lifetime, lifetimes))


def _lifetime(lifetime: timedelta) -> str:
    return write_duration(lifetime) if lifetime else say("none")
