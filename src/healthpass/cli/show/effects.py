"""What pinning or unpinning an anchor changes, as people read it before they agree."""

from collections.abc import Iterable, Iterator

from rich.console import Console

from healthpass import harmless
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
            f"{anchor} will own every issuer id within {anchor}: what other anchors say of these counts no more",
            f"{_issuers(_count(taken))} by way of other anchors will not count any more:",
            f"固定后，{anchor} 范围内的机构标识归 {anchor}：其他信任锚名下的 {_count(taken)} 个签发机构不再有效",
            *_shares(taken),
        )
        if unlisted:
            _warn(
                console,
                f"codes of {_issuers(unlisted)} are refused until {anchor} lists them, or recognises who does",
                f"在 {anchor} 列出或认可之前，其中 {unlisted} 个签发机构的码不予通过",
            )
    elif others:
        _show(console, "other anchors lose nothing by it 不影响其他信任锚")
    if own:
        _warn(
            console,
            f"{_issuers(_count(own))} will not count until a registry comes that this root's keys have signed:",
            f"{_count(own)} 个签发机构须待此根的密钥签名的登记库到达后才有效",
            *_shares(own),
        )
    for share in effects.kept:
        kept = f"{_way(share)} keeps {_what(share)}"
        _show(console, f"{kept}: of two anchors the more specific one owns an id 标识归更具体的信任锚")


def show_unpin(console: Console, effects: Effects) -> None:
    """Tell what is lost with an anchor."""
    anchor, number, unlisted = effects.authority, _count(effects.lost), len(effects.unlisted)
    if effects.takes:
        _warn(console, f"without {anchor} this store loses 取消固定 {anchor} 将失去:")
    if number:
        _show(console, f"{_issuers(number)} by way of {anchor} 经由 {anchor} 有效的 {number} 个签发机构:")
        _show(console, *_shares(effects.lost))
    if unlisted:
        _show(
            console,
            f"codes of {_issuers(unlisted)} will be refused: no other anchor leads there",
            f"其中 {unlisted} 个没有其他信任锚可达，其码将不予通过",
        )
    if effects.unreached:
        _show(
            console,
            f"the way to {', '.join(effects.unreached)}, whom no other anchor recognises",
            f"通往 {'、'.join(effects.unreached)} 的路径：没有其他信任锚认可",
        )
    if effects.states:
        states = _number(effects.states, "registry", "registries")
        revoked = f", and that {_number(effects.revoked, 'key')} {'is' if effects.revoked == 1 else 'are'} revoked"
        known = f"，以及 {effects.revoked} 个密钥已撤销的记录" * bool(effects.revoked)
        _show(
            console,
            f"the memory of {states}{revoked * bool(effects.revoked)}: an older one would be taken again",
            f"{effects.states} 个登记库的版本记录{known}：此后旧版本会被重新接受",
        )
    if effects.lists:
        lists = _number(effects.lists, "status list")
        _show(console, f"{lists}, and the memory of which codes are withdrawn", "状态列表，以及其中的撤回记录")
    if effects.evidence:
        _show(console, f"{_number(effects.evidence, 'document')} kept as evidence 已保存的证据")
    for share in effects.gained:
        _show(console, f"{_what(share)} will count by way of {_way(share)} 此后经由此路径有效")


def _shares(shares: Iterable[Share]) -> Iterator[str]:
    for share in shares:
        yield f"  {_way(share)}: {_what(share)}"
        yield from (f"    {named(issuer)}" for issuer in share.issuers[:_NAMED])
        if (more := len(share.issuers) - _NAMED) > 0:
            yield f"    and {more:,} more 另有 {more} 个"


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
    return f"its region 所辖地区, with {issuers}" if share.region else issuers


def _count(shares: Iterable[Share]) -> int:
    return len({issuer.id for share in shares for issuer in share.issuers})


def _issuers(number: int) -> str:
    return _number(number, "issuer")


def _number(number: int, what: str, many: str = "") -> str:
    return f"{number:,} {what if number == 1 else many or f'{what}s'}"
