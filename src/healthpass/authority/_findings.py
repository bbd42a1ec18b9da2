"""Warnings: what verifiers accept, and an authority should not publish unawares (spec/registry.md, section 10)."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from healthpass.authority._coverage import Shortage, shortages
from healthpass.authority._sources import moment
from healthpass.documents._document import DAY
from healthpass.documents._registry_document import IssuerEntry, KeyEntry, RegistryDocument
from healthpass.documents._root import Root
from healthpass.words._code_points import KeyUse
from healthpass.words._errors import DocumentError
from healthpass.words._row import Words

ROOT_SOON: Final = 60 * DAY  # to gather the people who hold the root's keys takes weeks
REGISTRY_SOON: Final = 7 * DAY
_WHOLE: Final = Words("", "")
ROOT: Final = Words("root", "根")


class Finding(NamedTuple):
    """What `check` has found.

    Attributes:
        severity: `error`, when a verifier would refuse the document or could judge nothing by it.
        code: what it is, a stable name; that of the outcome, when a verifier gives one.
        where: the part of the document, empty for the whole.
        message: what is the matter and what to do.
        zh: where and what, in Chinese.
    """

    severity: Literal["error", "warning"]
    code: str
    where: str
    message: str
    zh: str

    def __str__(self) -> str:
        return f"{self.code}: {self.where}{': ' if self.where else ''}{self.message}"


def error(code: str, en: str, zh: str, where: Words = _WHOLE) -> Finding:
    """Make an error."""
    return Finding("error", str(code), where.en, en, _placed(where, zh))


def refusal(refused: DocumentError, where: Words = _WHOLE) -> Finding:
    """Make an error of a verifier's refusal; `where` is the document, if it is another one."""
    parts = ": ".join(part for part in (where.en, refused.where) if part)
    parts_zh = "：".join(part for part in (where.zh, refused.where) if part)
    return error(refused.outcome, refused.message, refused.outcome.words.zh, Words(parts, parts_zh))


def warning(code: str, en: str, zh: str, where: Words = _WHOLE) -> Finding:
    """Make a warning."""
    return Finding("warning", str(code), where.en, en, _placed(where, zh))


def on_expiry(content: Root | RegistryDocument, at: int, soon: int, where: Words = _WHOLE) -> Iterator[Finding]:
    """Tell whether a document has expired, or soon does."""
    when = moment(content.expires)
    if at >= content.expires:
        yield error(
            "expired",
            f"it expired at {when}: nothing can be judged by it",
            f"已于 {when} 过期，无法据此判断",
            where,
        )
    elif content.expires - at < min(soon, content.expires - content.issued):
        yield warning(
            "expires-soon", f"it expires at {when}: publish the next one", f"将于 {when} 过期，请公布下一版", where
        )


def on_root(root: Root, previous: Root | None) -> Iterator[Finding]:
    """Tell what is risky about a root."""
    if previous is None and root.version > 1:
        yield warning(
            "previous-not-checked",
            "the root before it was not given, and the stores that hold that one ask its keys too",
            "没有给出上一版根，而信任上一版的信任库还要求其密钥签署",
        )
    if root.root_threshold == 1:
        yield warning(
            "single-signer",
            "one person alone can replace the root; a threshold of 2 or more is safer",
            "一个人就能更换根；门限设为 2 以上更安全",
        )
    elif root.root_threshold == len(root.root_keys):
        yield warning(
            "no-spare-root-key",
            "all root keys must sign: if one is lost, the root can never be replaced",
            "所有根密钥都必须签署：丢失任何一把，就再也不能更换根",
        )
    if previous and root.stands_by is None:
        kept = len(set(root.registry_keys) & set(previous.registry_keys))
        if kept < max(root.registry_threshold, previous.registry_threshold):
            yield warning(
                "registry-goes-stale",
                "the registry in force may not reach the threshold of this root: publish both together, "
                "the registry signed by the new keys too",
                "现行登记库的签名可能达不到这个根的门限：请将两者同时公布，登记库也须由新密钥签署",
            )


def on_registry(registry: RegistryDocument, at: int, soon: int) -> Iterator[Finding]:
    """Tell what is risky about a registry by itself."""
    dropped = registry.dropped()
    for issuer in registry.issuers:
        for key in issuer.keys:
            yield from _on_key(issuer, key, registry, at, soon, weak=key.raw in dropped)
        for shortage in shortages(issuer, dropped, at, registry.expires):
            yield _on_shortage(issuer, shortage)
    for one in registry.recognitions:
        where = Words(f"recognition of {one.authority}", f"对 {one.authority} 的认可")
        end = moment(one.valid_until)
        if one.valid_until <= at:
            yield warning(
                "recognition-ended",
                f"it ended at {end}: renew it or remove it",
                f"已于 {end} 到期，请续期或移除",
                where,
            )
        elif one.valid_until < max(at + soon, registry.expires):
            yield warning(
                "recognition-ends-soon",
                f"it ends at {end}: renew it, or let it lapse",
                f"将于 {end} 到期，请续期，或任其失效",
                where,
            )
        if not (one.scope.colors and one.scope.max_lifetime):
            yield warning(
                "recognition-without-scope",
                "without colours and max_lifetime it allows nothing",
                "没有写明颜色和最长有效期，等于什么都不允许",
                where,
            )


def _on_key(
    issuer: IssuerEntry, key: KeyEntry, registry: RegistryDocument, at: int, soon: int, *, weak: bool
) -> Iterator[Finding]:
    where = _place(issuer.id, key)
    if weak:
        yield warning(
            "weak-key",
            "it is weak or published: verifiers drop it, and the office needs another",
            "属于弱密钥或已公开的密钥，验证者会将其剔除，该机构须另换密钥",
            where,
        )
    if key.retired and key.retired.at < key.valid_from:
        yield warning(
            "retired-before-from",
            "it is retired before it starts: good for nothing",
            "停用早于生效，毫无用处",
            where,
        )
    if key.revoked or key.retired:
        return
    if not isinstance(KeyUse.of(key.use), KeyUse):
        yield warning(
            "unknown-use",
            f"the use {key.use} is not known: good for nothing",
            f"用途 {key.use} 无法识别，毫无用处",
            where,
        )
    if key.use == KeyUse.CREDENTIAL and not (key.scope.colors and key.scope.max_lifetime):
        yield warning(
            "key-without-scope",
            "without colours and max_lifetime it is good for nothing",
            "没有写明颜色和最长有效期，毫无用处",
            where,
        )
    if at < key.valid_until < max(at + soon, registry.expires):
        end = moment(key.valid_until)
        yield warning(
            "key-ends-soon",
            f"it ends at {end}: the office needs its next key",
            f"将于 {end} 到期，该机构需要下一把密钥",
            where,
        )


def _on_shortage(issuer: IssuerEntry, shortage: Shortage) -> Finding:
    where = Words(issuer.id, issuer.id)
    when = _when(shortage)
    code = "no-second-key" if shortage.has_key else "issuer-without-keys"
    en, zh = f"{when.en}it has no key that could sign a code", f"{when.zh}没有可用于签发健康码的密钥"
    advice = _WHOLE
    if shortage.has_key:
        en, zh = f"{when.en}it has no second key for credentials", f"{when.zh}没有签发凭证的备用密钥"
        advice = Words(
            ": if the one is stolen, it can sign nothing (AUT-2)",
            "：现有的一把一旦被盗，就什么都不能签发（AUT-2）",
        )
    if shortage.retire is not None:
        end = moment(shortage.retire)
        advice = Words(f": retire the old one no earlier than {end}", f"：旧密钥的停用不得早于 {end}")
    if when.en:
        code = "no-second-key-for-a-time" if shortage.has_key else "no-key-for-a-time"
    return warning(code, en + advice.en, zh + advice.zh, where)


def _when(shortage: Shortage) -> Words:
    """Say from when until when; nothing for all the time."""
    begin, end = (None if time is None else moment(time) for time in (shortage.since, shortage.until))
    if begin and end:
        return Words(f"from {begin} to {end} ", f"{begin} 至 {end} 期间")
    if begin:
        return Words(f"from {begin} on ", f"自 {begin} 起")
    return Words(f"until {end} ", f"{end} 之前") if end else _WHOLE


def on_change(registry: RegistryDocument, previous: RegistryDocument, root: Root, at: int) -> Iterator[Finding]:
    """Tell what is risky about a registry as the one that follows another, under the root in force."""
    # RVK-3: what was revoked in versions that the new epoch does not stand by may be listed again.
    stands = registry.epoch == previous.epoch or previous.version <= (root.stands_by or 0)
    if registry.version > previous.version + 1 and registry.epoch == previous.epoch:
        yield warning(
            "version-gap",
            f"it is version {registry.version}, and {previous.version} is the last: count up by one (AUT-1)",
            f"这是第 {registry.version} 版，而上一版是第 {previous.version} 版：版本号应逐一递增（AUT-1）",
        )
    old = {(issuer.id, key.raw): key for issuer in previous.issuers for key in issuer.keys}
    for issuer in registry.issuers:
        for key in issuer.keys:
            yield from _on_changed_key(
                issuer, key, old.pop((issuer.id, key.raw), None), registry, previous, stands=stands
            )
    for (office, _), key in old.items():
        last = key.valid_until + int(key.scope.max_lifetime.total_seconds())
        where = _place(office, key)
        if key.revoked and at < last:
            yield warning(
                "revoked-key-dropped",
                "a revoked key is dropped before its last code has expired: keep it on the list (AUT-5)",
                "已撤销，但所签的码尚未全部过期就被移除：请保留在列表中（AUT-5）",
                where,
            )
        elif not key.revoked and at < last:
            yield warning(
                "key-dropped",
                "it is dropped while codes that it signed may be in force: retire it, and keep it on the list",
                "所签的码可能仍然有效就被移除：请设定停用日期，并保留在列表中",
                where,
            )


def _on_changed_key(
    issuer: IssuerEntry,
    key: KeyEntry,
    before: KeyEntry | None,
    registry: RegistryDocument,
    previous: RegistryDocument,
    *,
    stands: bool,
) -> Iterator[Finding]:
    where = _place(issuer.id, key)
    if before is None:
        if key.valid_from < previous.expires and not (key.retired or key.revoked):
            last = moment(previous.expires)
            yield warning(
                "key-starts-early",
                f"it starts before {last}, when the last registry that lacks it expires: "
                "until then gates without news refuse what it signs (AUT-3)",
                f"生效早于 {last}，即最后一版没有列入它的登记库到期之时："
                "在此之前，没有更新的验码点会拒收它签的码（AUT-3）",
                where,
            )
        return
    if before.revoked and not key.revoked and stands:
        yield warning(
            "revoked-key-listed",
            "it was revoked: verifiers go on refusing it",
            "曾被撤销，验证者仍会拒绝它",
            where,
        )
    if key.retired and not before.retired and key.retired.at < registry.issued:
        yield warning(
            "retired-in-the-past",
            "it is retired as of a time that has passed: codes that it signed since then fail (AUT-4)",
            "停用时间已经过去，此后所签的码都会失效（AUT-4）",
            where,
        )


def on_previous(registry: RegistryDocument, *, known: bool) -> Iterator[Finding]:
    """Tell whether the hash of the registry before is there (REG-4)."""
    if registry.version > 1 and registry.previous is None:
        yield warning(
            "previous-missing",
            "it names no previous registry, and only the first has none: who monitors cannot follow",
            "没有写明上一版登记库，而只有第一版可以不写：监督者无法衔接",
        )
    elif registry.version > 1 and not known:
        yield warning(
            "previous-not-checked",
            "the previous registry was not given, so nothing was compared with it",
            "没有给出上一版登记库，未作任何比较",
        )


def _place(office: str, key: KeyEntry) -> Words:
    kid = key.kid.hex()
    return Words(f"{office}, key {kid}", f"{office} 的密钥 {kid}")


def _placed(where: Words, zh: str) -> str:
    return f"{where.zh}：{zh}" if where.zh else zh
