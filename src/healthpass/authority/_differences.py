"""What has changed from one root or registry to the next, in words, in English and in Chinese."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from healthpass.authority._records import MAPS, Content, record
from healthpass.authority._sources import Signed
from healthpass.codec._keys import PublicKey
from healthpass.documents._document import Kind
from healthpass.documents._fields import NAMES, SCOPE
from healthpass.documents._leaves import Bytes, Code, Time
from healthpass.documents._registry_document import (
    ISSUER,
    KEY,
    RECOGNITION,
    KeyEnd,
    KeyEntry,
    RegistryDocument,
)
from healthpass.documents._root import Root
from healthpass.documents._scope import Scope
from healthpass.documents._told import fields_of, moment
from healthpass.documents._types import Field, Map, Row
from healthpass.words._code_points import KeyEndReason
from healthpass.words._row import Words

Facts: TypeAlias = dict[Words, Words]  # what a thing says, each by its name
T = TypeVar("T")

_NAMES: Final = {  # in the order in which they are told
    "authority": Words("authority", "主管机关"),
    "environment": Words("environment", "运行环境"),
    "epoch": Words("epoch", "纪元"),
    "version": Words("version", "版本"),
    "issued": Words("issued", "签署时间"),
    "expires": Words("expires", "失效时间"),
    "root_threshold": Words("root threshold", "根门限"),
    "registry_threshold": Words("registry threshold", "登记库门限"),
    "previous": Words("previous", "前一版杂凑值"),
    "zh": Words("name in Chinese", "中文名称"),
    "en": Words("name in English", "英文名称"),
    "appeal": Words("appeals", "申诉渠道"),
    "status": Words("status lists", "状态列表"),
    "root_version": Words("root version", "根版本"),
    "root_hash": Words("root hash", "根杂凑值"),
    "use": Words("use", "用途"),
    "from": Words("from", "起"),
    "until": Words("until", "止"),
    "scope": Words("scope", "权限范围"),
    "retired": Words("retired", "停用"),
    "revoked": Words("revoked", "撤销"),
}
_NOTHING: Final = "—"
_LIVES: Final = {
    "max_lifetime": "最长有效期",
    "max_bearer_lifetime": "未绑定设备的码",
    "max_lifetime_without_status": "没有状态位置的码",
}
_UNITS: Final = {"d": "天", "h": "小时", "m": "分钟", "s": "秒"}
_ORDER: Final = {words: place for place, words in enumerate(_NAMES.values())}


class Change(NamedTuple):
    """One change, in words.

    Attributes:
        en: in English.
        zh: in Chinese.
    """

    en: str
    zh: str


def diff(old: Content, new: Content) -> tuple[Change, ...]:
    """Tell every change from one content to another of its kind; none if both say the same.

    Raises:
        TypeError: when one is a root and the other a registry.
    """
    if isinstance(old, Root) and isinstance(new, Root):
        return tuple(_roots(old, new))
    if isinstance(old, RegistryDocument) and isinstance(new, RegistryDocument):
        return tuple(_registries(old, new))
    raise TypeError("a root and a registry cannot be compared")


def diff_documents(old: Signed, new: Signed) -> tuple[Change, ...]:
    """Tell every change from one document to another, also that there is one which this version cannot tell.

    Raises:
        TypeError: when one is a root and the other a registry.
    """
    changes = diff(old.content, new.content)
    unread = any(one.content.encode() != one.document.payload for one in (old, new))
    if old.digest != new.digest and (unread or not changes):
        changes = (*changes, Change("and more that this version cannot read", "另有本版本无法读取的内容"))
    return changes


def _roots(old: Root, new: Root) -> Iterator[Change]:
    yield from _changed(_facts(MAPS[Kind.ROOT], old), _facts(MAPS[Kind.ROOT], new))
    for before, after, en, zh in (
        (old.root_keys, new.root_keys, "root key", "根密钥"),
        (old.registry_keys, new.registry_keys, "registry key", "登记库密钥"),
    ):
        for key in sorted({*before} - {*after}, key=PublicKey.to_bytes):
            yield Change(f"{en} {key.kid.hex()} dropped", f"移除{zh} {key.kid.hex()}")
        for key in sorted({*after} - {*before}, key=PublicKey.to_bytes):
            yield Change(f"{en} {key.kid.hex()} added", f"新增{zh} {key.kid.hex()}")


def _registries(old: RegistryDocument, new: RegistryDocument) -> Iterator[Change]:
    yield from _changed(_facts(MAPS[Kind.REGISTRY], old), _facts(MAPS[Kind.REGISTRY], new))
    for name, before, after in _pairs(old.issuers, new.issuers, "id"):
        words = Words(f"issuer {name}", f"签发机构 {name}")
        added, removed = (
            Words(f"{words.en} added", f"新增{words.zh}"),
            Words(f"{words.en} removed", f"移除{words.zh}"),
        )
        yield from _compared(ISSUER, (before, after), words, added, removed)
        yield from _keys(name, before.keys if before else (), after.keys if after else ())
    for name, was, now in _pairs(old.recognitions, new.recognitions, "authority"):
        words = Words(f"recognition of {name}", f"对 {name} 的认可")
        added, removed = (
            Words(f"{name} recognised", f"新增认可 {name}"),
            Words(f"{name} no longer recognised", f"取消认可 {name}"),
        )
        yield from _compared(RECOGNITION, (was, now), words, added, removed)


def _keys(office: str, old: Iterable[KeyEntry], new: Iterable[KeyEntry]) -> Iterator[Change]:
    for _, was, now in _pairs(old, new, "raw"):
        kid = (was or now).kid.hex()  # type: ignore[union-attr] # one of the two
        words = Words(f"{office}: key {kid}", f"{office}：密钥 {kid}")
        if was and now:
            yield from _ends(was, now, *words)
        added, removed = (
            Words(words.en + en, words.zh + zh)
            for en, zh in ((" added", " 新增"), (" removed from the list", " 从列表移除"))
        )
        yield from _compared(KEY, (was, now), words, added, removed)


def _compared(kind: Map, pair: tuple[Any, Any], words: Words, added: Words, removed: Words) -> Iterator[Change]:
    """Tell that something is new, or gone, or what has changed of it."""
    was, now = pair
    if was and now:
        yield from _changed(_facts(kind, was, ends=False), _facts(kind, now, ends=False), words)
    elif now:
        said = [(name, value) for name, value in _facts(kind, now).items() if value.en != _NOTHING]
        en, zh = "; ".join(f"{n.en} {v.en}" for n, v in said), "；".join(f"{n.zh} {v.zh}" for n, v in said)
        yield Change(f"{added.en}: {en}", f"{added.zh}：{zh}")
    else:
        yield Change(*removed)


def _ends(was: KeyEntry, now: KeyEntry, en: str, zh: str) -> Iterator[Change]:
    """Tell of the end of a key in words of its own; it is what people look for."""
    for how in ("retired", "revoked"):
        before, after, done = getattr(was, how), getattr(now, how), _NAMES[how]
        if before and not after:
            yield Change(f"{en} no longer {done.en}", f"{zh} 不再{done.zh}")
        elif before != after:
            old, new = _end(before) if before else None, _end(after)
            yield Change(
                f"{en} {done.en}: {f'{old.en} → ' if old else ''}{new.en}",
                f"{zh} {done.zh}：{f'{old.zh} → ' if old else ''}{new.zh}",
            )


def _pairs(old: Iterable[T], new: Iterable[T], name: str) -> Iterator[tuple[Any, T | None, T | None]]:
    """Put together what has one name in two lists, by their names."""
    before, after = ({getattr(one, name): one for one in ones} for ones in (old, new))
    for key in sorted({*before, *after}):
        yield key, before.get(key), after.get(key)


def _changed(old: Facts, new: Facts, words: Words | None = None) -> Iterator[Change]:
    """Tell which facts have changed; both have the same names."""
    en, zh = (f"{words.en}: ", f"{words.zh}：") if words else ("", "")
    for name, was in old.items():
        if was != (now := new[name]):
            yield Change(f"{en}{name.en}: {was.en} → {now.en}", f"{zh}{name.zh}：{was.zh} → {now.zh}")


def _facts(kind: Map, of: Any, *, ends: bool = True) -> Facts:
    """Return what a thing says of itself; what it lists is told one by one."""
    facts: Facts = {}
    for name, field in fields_of(kind).items():
        value = getattr(of, field.attribute)
        if field.type is NAMES:
            facts |= _facts(NAMES, value)
        elif kind is RECOGNITION and name == "authority":
            continue  # by which it is known
        elif name in _NAMES and (ends or not isinstance(field.type, Row)):
            facts[_NAMES[name]] = _said(field, value)
    return dict(sorted(facts.items(), key=lambda fact: _ORDER[fact[0]]))


def _said(field: Field, value: Any) -> Words:
    match field.type:
        case _ if value is None:
            said = _NOTHING
        case Code(codes=codes):
            return codes.words_of(value)
        case Row():
            return _end(value)
        case Time():
            said = moment(value)
        case Bytes():
            said = value.hex()
        case _ if field.type is SCOPE:
            return _scope(value)
        case _:
            said = str(value)
    return Words(said, said)


def _end(end: KeyEnd) -> Words:
    """Write when a key ended, and why; an unknown reason as its number (KEY-4)."""
    why = KeyEndReason.words_of(end.reason)
    return Words(f"{moment(end.at)} ({why.en})", f"{moment(end.at)}（{why.zh}）")


def _scope(scope: Scope) -> Words:
    """Write a scope, with the fields of a source; what allows nothing is left out."""
    lives = {name: life for name, life in record(scope).items() if name != "colors"}
    colors = sorted(scope.colors)
    en = [f"colors {'/'.join(color.label for color in colors)}"] if colors else []
    zh = [f"颜色 {'/'.join(color.words.zh.removesuffix('码') for color in colors)}"] if colors else []
    en += [f"{name} {life}" for name, life in lives.items()]
    zh += [f"{_LIVES[name]} {life[:-1]} {_UNITS[life[-1]]}" for name, life in lives.items()]
    return Words(", ".join(en) or _NOTHING, "，".join(zh) or _NOTHING)
