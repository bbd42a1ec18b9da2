"""What pinning or unpinning an anchor changes, as people read it before they agree."""

from collections.abc import Iterable, Iterator

from rich.console import Console

from healthpass import harmless
from healthpass.cli.language import say
from healthpass.cli.show.tree import named
from healthpass.store import Effects, Share

_NAMED = 8  # issuers of a path; the others are counted


def show_pin(console: Console, effects: Effects, *, others: bool) -> None:
    """Tell what a pin takes from other anchors, and what they keep.

    Args:
        console: where to.
        effects: what changes.
        others: whether the store has other anchors.
    """
    anchor, unlisted = effects.authority, len(effects.unlisted)
    taken = [share for share in effects.lost if share.anchor != anchor]
    own = [share for share in effects.lost if share.anchor == anchor]
    if taken:
        _warn(
            console,
            say(
                "{} will own every issuer id within {}: what other anchors say of these counts no more",
                anchor,
                anchor,
            ),
            say("{} by way of other anchors will not count any more:", _issuers(_count(taken))),
            *_shares(taken),
        )
        if unlisted:
            _warn(
                console,
                say(
                    "codes of {} are refused until {} lists them, or recognises who does",
                    _issuers(unlisted),
                    anchor,
                ),
            )
    elif others:
        _show(console, say("other anchors lose nothing by it"))
    if own:
        _warn(
            console,
            say(
                "{} will not count until a registry comes that this root's keys have signed:",
                _issuers(_count(own)),
            ),
            *_shares(own),
        )
    for share in effects.kept:
        told = say("{} keeps {}: of two anchors the more specific one owns an id", _way(share), _what(share))
        _show(console, told)


def show_unpin(console: Console, effects: Effects) -> None:
    """Tell what is lost with an anchor."""
    anchor, number, unlisted = effects.authority, _count(effects.lost), len(effects.unlisted)
    if effects.takes:
        _warn(console, say("without {} this store loses:", anchor))
    if number:
        _show(console, say("{} by way of {}:", _issuers(number), anchor))
        _show(console, *_shares(effects.lost))
    if unlisted:
        _show(
            console,
            say("codes of {} will be refused: no other anchor leads there", _issuers(unlisted)),
        )
    if effects.unreached:
        _show(
            console,
            say("the way to {}, whom no other anchor recognises", say(", ").join(effects.unreached)),
        )
    if effects.states:
        _show(console, _memory(effects))
    if effects.lists:
        many = effects.lists
        lists = say("{} status list", 1) if many == 1 else say("{} status lists", many)
        _show(console, say("{}, and the memory of which codes are withdrawn", lists))
    if effects.evidence:
        many = effects.evidence
        _show(
            console,
            say("1 document kept as evidence") if many == 1 else say("{} documents kept as evidence", many),
        )
    for share in effects.gained:
        _show(console, say("{} will count by way of {}", _what(share), _way(share)))


def _memory(effects: Effects) -> str:
    """Say of how much it is forgotten which versions were seen, and which keys are revoked."""
    states = say("{} registry", 1) if effects.states == 1 else say("{} registries", effects.states)
    if not effects.revoked:
        return say("the memory of {}: an older one would be taken again", states)
    if effects.revoked == 1:
        return say("the memory of {}, and that 1 key is revoked: an older one would be taken again", states)
    return say(
        "the memory of {}, and that {} keys are revoked: an older one would be taken again",
        *(states, effects.revoked),
    )


def _shares(shares: Iterable[Share]) -> Iterator[str]:
    for share in shares:
        yield f"  {_way(share)}: {_what(share)}"
        yield from (f"    {named(issuer)}" for issuer in share.issuers[:_NAMED])
        if (more := len(share.issuers) - _NAMED) > 0:
            yield f"    {say('and {} more', more)}"


def _warn(console: Console, first: str, *further: str) -> None:
    console.print(f"! {first}", style="bold yellow")
    _show(console, *further)


def _show(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(f"  {harmless(line)}")


def _way(share: Share) -> str:
    """Write a path with the names of the authority to which it leads."""
    return " ".join((" → ".join(dict.fromkeys((share.anchor, share.authority))), *(share.name or ())))


def _what(share: Share) -> str:
    issuers = _issuers(len(share.issuers))
    return say("its region, with {}", issuers) if share.region else issuers


def _count(shares: Iterable[Share]) -> int:
    return len({issuer.id for share in shares for issuer in share.issuers})


def _issuers(number: int) -> str:
    return say("{} issuer", 1) if number == 1 else say("{} issuers", number)
