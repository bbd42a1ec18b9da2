"""What has changed from one root or registry to the next, in words, in English and in Chinese."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from healthpass.authority._records import Content
from healthpass.authority._sources import Signed
from healthpass.authority._words import NOTHING, end_words, scope_words
from healthpass.codec._keys import PublicKey
from healthpass.documents._registry_document import IssuerEntry, KeyEntry, Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._told import moment
from healthpass.words._code_points import KeyUse
from healthpass.words._row import Words

# What a thing has, each by its name. A value that is `Words` has two languages.
Members: TypeAlias = dict[Words, Any]


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
    yield from _members(_versions(old), _versions(new))
    yield from _members({_STANDS_BY: _or_nothing(old.stands_by)}, {_STANDS_BY: _or_nothing(new.stands_by)})
    for before, after, en, zh in (
        (old.root_keys, new.root_keys, "root key", "根密钥"),
        (old.registry_keys, new.registry_keys, "registry key", "登记库密钥"),
    ):
        yield from _keys_of_root(before, after, en, zh)
    yield from _members(
        {_ROOT_THRESHOLD: old.root_threshold, _REGISTRY_THRESHOLD: old.registry_threshold},
        {_ROOT_THRESHOLD: new.root_threshold, _REGISTRY_THRESHOLD: new.registry_threshold},
    )


def _keys_of_root(before: Iterable[PublicKey], after: Iterable[PublicKey], en: str, zh: str) -> Iterator[Change]:
    for key in sorted(set(before) - set(after), key=PublicKey.to_bytes):
        yield Change(f"{en} {key.kid.hex()} dropped", f"移除{zh} {key.kid.hex()}")
    for key in sorted(set(after) - set(before), key=PublicKey.to_bytes):
        yield Change(f"{en} {key.kid.hex()} added", f"新增{zh} {key.kid.hex()}")


def _registries(old: RegistryDocument, new: RegistryDocument) -> Iterator[Change]:
    yield from _members(_versions(old) | _previous(old), _versions(new) | _previous(new))
    yield from _members(_names(old), _names(new))
    yield from _issuers({one.id: one for one in old.issuers}, {one.id: one for one in new.issuers})
    yield from _recognitions(
        {one.authority: one for one in old.recognitions}, {one.authority: one for one in new.recognitions}
    )


def _issuers(old: Mapping[str, IssuerEntry], new: Mapping[str, IssuerEntry]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            said = _whole(_office(after))
            yield Change(f"issuer {name} added: {said.en}", f"新增签发机构 {name}：{said.zh}")
        elif before is not None and after is None:
            yield Change(f"issuer {name} removed", f"移除签发机构 {name}")
        elif before is not None and after is not None:
            yield from _members(_office(before), _office(after), f"issuer {name}", f"签发机构 {name}")
        yield from _keys(name, before.keys if before else (), after.keys if after else ())


def _keys(name: str, before: Iterable[KeyEntry], after: Iterable[KeyEntry]) -> Iterator[Change]:
    old, new = ({key.raw: key for key in keys} for keys in (before, after))
    for raw in sorted({*old, *new}):
        was, now = old.get(raw), new.get(raw)
        either = now or was
        assert either  # noqa: S101 - it is a key of one of the two
        en, zh = f"{name}: key {either.kid.hex()}", f"{name}：密钥 {either.kid.hex()}"
        if was is None:
            said = _whole(_key(either) | _ended(either))
            yield Change(f"{en} added: {said.en}", f"{zh} 新增：{said.zh}")
        elif now is None:
            yield Change(f"{en} removed from the list", f"{zh} 从列表移除")
        else:
            yield from _ends(was, now, en, zh)
            yield from _members(_key(was), _key(now), en, zh)


def _ends(was: KeyEntry, now: KeyEntry, en: str, zh: str) -> Iterator[Change]:
    """Tell of the end of a key in words of its own; it is what people look for."""
    for before, after, done, done_zh in (
        (was.retired, now.retired, "retired", "停用"),
        (was.revoked, now.revoked, "revoked", "撤销"),
    ):
        if before == after:
            continue
        if after is None:
            yield Change(f"{en} no longer {done}", f"{zh} 不再{done_zh}")
        elif before is None:
            new = end_words(after)
            yield Change(f"{en} {done}: {new.en}", f"{zh} {done_zh}：{new.zh}")
        else:
            old, new = end_words(before), end_words(after)
            yield Change(f"{en} {done}: {old.en} → {new.en}", f"{zh} {done_zh}：{old.zh} → {new.zh}")


def _recognitions(old: Mapping[str, Recognition], new: Mapping[str, Recognition]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            said = _whole(_recognition(after))
            yield Change(f"{name} recognised: {said.en}", f"新增认可 {name}：{said.zh}")
        elif after is None:
            yield Change(f"{name} no longer recognised", f"取消认可 {name}")
        elif before is not None:
            yield from _members(
                _recognition(before), _recognition(after), f"recognition of {name}", f"对 {name} 的认可"
            )


def _members(old: Members, new: Members, en: str = "", zh: str = "") -> Iterator[Change]:
    """Tell which members have changed; both maps have the same."""
    for name, before in old.items():
        after = new[name]
        if before != after:
            was, now = _both(before), _both(after)
            yield Change(
                f"{en}{': ' if en else ''}{name.en}: {was.en} → {now.en}",
                f"{zh}{'：' if zh else ''}{name.zh}：{was.zh} → {now.zh}",
            )


def _whole(members: Members) -> Words:
    """Tell all members that say something."""
    said = [(name, _both(value)) for name, value in members.items() if NOTHING not in _both(value)]
    return Words(
        "; ".join(f"{name.en} {value.en}" for name, value in said),
        "；".join(f"{name.zh} {value.zh}" for name, value in said),
    )


def _both(value: Any) -> Words:
    return value if isinstance(value, Words) else Words(str(value), str(value))


def _versions(content: Content) -> Members:
    return {
        Words("authority", "主管机关"): str(content.authority),
        Words("environment", "环境"): content.environment,
        Words("epoch", "纪元"): content.epoch,
        Words("version", "版本"): content.version,
        Words("issued", "签署时间"): moment(content.issued),
        Words("expires", "失效时间"): moment(content.expires),
    }


def _previous(registry: RegistryDocument) -> Members:
    return {Words("previous", "前一版哈希"): registry.previous.hex() if registry.previous else NOTHING}


def _names(of: RegistryDocument | IssuerEntry) -> Members:
    return {Words("name in Chinese", "中文名称"): of.names.zh, Words("name in English", "英文名称"): of.names.en}


def _office(issuer: IssuerEntry) -> Members:
    return {
        **_names(issuer),
        Words("appeals", "申诉渠道"): issuer.appeal,
        Words("status lists", "状态列表"): _or_nothing(issuer.status),
    }


def _key(key: KeyEntry) -> Members:
    return {
        Words("use", "用途"): KeyUse.words_of(key.use),
        **_span(key),
        Words("scope", "权限范围"): scope_words(key.scope),
    }


def _ended(key: KeyEntry) -> Members:
    return {
        Words("retired", "停用"): end_words(key.retired) if key.retired else NOTHING,
        Words("revoked", "撤销"): end_words(key.revoked) if key.revoked else NOTHING,
    }


def _recognition(one: Recognition) -> Members:
    return {
        Words("root version", "根版本"): one.root_version,
        Words("root hash", "根哈希"): one.root_hash.hex(),
        **_span(one),
        Words("scope", "权限范围"): scope_words(one.scope),
    }


def _span(of: KeyEntry | Recognition) -> Members:
    return {Words("from", "起"): moment(of.valid_from), Words("until", "止"): moment(of.valid_until)}


def _or_nothing(value: object) -> str:
    return NOTHING if value is None else str(value)


_STANDS_BY: Final = Words("stands_by", "认可至版本")
_ROOT_THRESHOLD: Final = Words("root threshold", "根门限")
_REGISTRY_THRESHOLD: Final = Words("registry threshold", "登记库门限")
