"""Warnings: what verifiers accept, and an authority should not publish unawares (spec/registry.md, section 10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from healthpass.authority._coverage import Shortage, shortages
from healthpass.credential._regions import IssuerId
from healthpass.documents._registry_document import IssuerEntry, KeyEntry, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._told import moment
from healthpass.trust._held import Epoch
from healthpass.words._code_points import KeyUse
from healthpass.words._errors import DocumentError
from healthpass.words._finding_kinds import FindingKind
from healthpass.words._row import Words

ROOT_SOON: Final = timedelta(days=60)  # to gather the people who hold the root's keys takes weeks
REGISTRY_SOON: Final = timedelta(days=7)
_LISTS: Final = timedelta(days=15)  # after a key's last status list nothing leans on it any more (AUT-5)
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


def finding(kind: FindingKind, where: Words = _WHOLE, **values: object) -> Finding:
    """Make a finding of a kind, told with these values; `Words` are told each in its language."""

    def told(tongue: int) -> str:
        said = {name: value[tongue] if isinstance(value, Words) else value for name, value in values.items()}
        return kind.words[tongue].format(**said)

    return _found(kind.severity, kind.code, where, Words(told(0), told(1)))


def refusal(refused: DocumentError, where: Words = _WHOLE) -> Finding:
    """Make an error of a verifier's refusal; `where` is the document, if it is another one."""
    place = Words(
        ": ".join(part for part in (where.en, refused.where) if part),
        "：".join(part for part in (where.zh, refused.where) if part),
    )
    return _found("error", str(refused.outcome), place, Words(refused.message, refused.outcome.words.zh))


def _found(severity: Literal["error", "warning"], code: str, where: Words, what: Words) -> Finding:
    return Finding(severity, code, where.en, what.en, f"{where.zh}：{what.zh}" if where.zh else what.zh)


def on_expiry(
    content: Root | RegistryDocument, at: datetime, soon: timedelta, where: Words = _WHOLE
) -> Iterator[Finding]:
    """Tell whether a document has expired, or soon does."""
    end = moment(content.expires)
    if at >= content.expires:
        yield finding(FindingKind.EXPIRED, where, end=end)
    elif content.expires - at < min(soon, content.expires - content.issued):
        yield finding(FindingKind.EXPIRES_SOON, where, end=end)


def ahead_of_clock(content: Root | RegistryDocument, at: datetime) -> Iterator[Finding]:
    """Tell whether a document is dated ahead of the clock of who checks or signs it (AUT-9)."""
    if at < content.issued:
        yield finding(FindingKind.AHEAD_OF_CLOCK, issued=moment(content.issued), now=moment(at))


def on_root(root: Root, previous: Root | None) -> Iterator[Finding]:
    """Tell what is risky about a root."""
    if previous is None and root.version > 1:
        yield finding(FindingKind.PREVIOUS_NOT_CHECKED_ROOT)
    if root.root_threshold == 1:
        yield finding(FindingKind.SINGLE_SIGNER)
    elif root.root_threshold == len(root.root_keys):
        yield finding(FindingKind.NO_SPARE_ROOT_KEY)
    if previous and Epoch.of(root) != Epoch.of(previous):
        yield finding(FindingKind.EPOCH_OPENED)
        yield from same_registry_keys(root, previous)


def same_registry_keys(root: Root, previous: Root) -> Iterator[Finding]:
    """Tell whether a root opens an epoch for a key of the epoch before, which a thief may have (UPD-8)."""
    if root.epoch != previous.epoch:
        for key in root.registry_keys:
            if key in previous.registry_keys:
                yield finding(FindingKind.REGISTRY_KEY_KEPT, kid=key.kid.hex())


def on_registry(registry: RegistryDocument, at: datetime, soon: timedelta) -> Iterator[Finding]:
    """Tell what is risky about a registry by itself."""
    dropped = registry.dropped()
    for issuer in registry.issuers:
        for key in issuer.keys:
            yield from _on_key(issuer, key, registry, at, soon, weak=key.raw in dropped)
        for shortage in shortages(issuer, dropped, at, registry.expires):
            yield _on_shortage(issuer, shortage)
        for one in registry.recognitions:
            if issuer.id.region.within(one.authority) and one.authority.within(registry.authority):
                yield finding(FindingKind.ISSUER_SPOKEN_FOR, Words(issuer.id, issuer.id), authority=one.authority)
    for one in registry.recognitions:
        where = Words(f"recognition of {one.authority}", f"对 {one.authority} 的认可")
        end = moment(one.valid_until)
        if one.valid_until <= at:
            yield finding(FindingKind.RECOGNITION_ENDED, where, end=end)
        elif one.valid_until - at < soon or one.valid_until < registry.expires:
            yield finding(FindingKind.RECOGNITION_ENDS_SOON, where, end=end)
        if not (one.scope.colors and one.scope.max_lifetime):
            yield finding(FindingKind.RECOGNITION_WITHOUT_SCOPE, where)


def _on_key(
    issuer: IssuerEntry, key: KeyEntry, registry: RegistryDocument, at: datetime, soon: timedelta, *, weak: bool
) -> Iterator[Finding]:
    where = _place(issuer.id, key)
    if weak:
        yield finding(FindingKind.WEAK_KEY, where)
    if key.retired and key.retired.at < key.valid_from:
        yield finding(FindingKind.RETIRED_BEFORE_FROM, where)
    if key.revoked or key.retired:
        return
    if not isinstance(KeyUse.of(key.use), KeyUse):
        yield finding(FindingKind.UNKNOWN_USE, where, use=key.use)
    if key.use == KeyUse.CREDENTIAL and not (key.scope.colors and key.scope.max_lifetime):
        yield finding(FindingKind.KEY_WITHOUT_SCOPE, where)
    if at < key.valid_until and (key.valid_until - at < soon or key.valid_until < registry.expires):
        yield finding(FindingKind.KEY_ENDS_SOON, where, end=moment(key.valid_until))


def _on_shortage(issuer: IssuerEntry, shortage: Shortage) -> Finding:
    where = Words(issuer.id, issuer.id)
    when = _when(shortage)
    if not when.en:
        kinds = FindingKind.ISSUER_WITHOUT_KEYS, FindingKind.NO_SECOND_KEY
    elif shortage.retire is None:
        kinds = FindingKind.NO_KEY_FOR_A_TIME, FindingKind.NO_SECOND_KEY_FOR_A_TIME
    else:
        kinds = FindingKind.NO_KEY_FOR_A_TIME_RETIRE, FindingKind.NO_SECOND_KEY_FOR_A_TIME_RETIRE
    end = "" if shortage.retire is None else moment(shortage.retire)
    return finding(kinds[shortage.has_key], where, when=when, end=end)


def _when(shortage: Shortage) -> Words:
    """Say from when until when; nothing for all the time."""
    begin, end = (None if time is None else moment(time) for time in (shortage.since, shortage.until))
    if begin and end:
        return Words(f"from {begin} to {end} ", f"{begin} 至 {end} 期间")
    if begin:
        return Words(f"from {begin} on ", f"自 {begin} 起")
    return Words(f"until {end} ", f"{end} 之前") if end else _WHOLE


def forgotten(
    registry: RegistryDocument, previous: RegistryDocument, at: datetime
) -> Iterator[tuple[IssuerId, KeyEntry]]:
    """Give the revoked entries of the registry before that this one must list as they were, and does not.

    In one epoch these are all (UPD-7.5); in a new one, all that may have signed something that counts (AUT-5).
    """
    listed = {(issuer.id, key.raw): key for issuer in registry.issuers for key in issuer.keys}
    for issuer in previous.issuers:
        for key in issuer.keys:
            must = key.revoked and (registry.epoch == previous.epoch or _may_count(key, at))
            if must and listed.get((issuer.id, key.raw)) != key:
                yield issuer.id, key


def on_change(registry: RegistryDocument, previous: RegistryDocument, at: datetime) -> Iterator[Finding]:
    """Tell what is wrong or risky about a registry as the one that follows another."""
    if registry.version > previous.version + 1 and registry.epoch == previous.epoch:
        yield finding(FindingKind.VERSION_GAP, version=registry.version, last=previous.version)
    if registry.issued >= previous.expires:
        yield finding(FindingKind.PREVIOUS_EXPIRED, end=moment(previous.expires))
    for office, key in forgotten(registry, previous, at):
        yield finding(FindingKind.REVOCATION_FORGOTTEN, _place(office, key))
    old = {(issuer.id, key.raw): key for issuer in previous.issuers for key in issuer.keys}
    stood = {issuer.id: issuer.status for issuer in previous.issuers if issuer.status}
    for issuer in registry.issuers:
        if (status := stood.get(issuer.id, issuer.status)) != issuer.status:
            yield finding(FindingKind.STATUS_ADDRESS_CHANGED, Words(issuer.id, issuer.id), old=status)
        for key in issuer.keys:
            before = old.pop((issuer.id, key.raw), None)
            yield from _on_changed_key(_place(issuer.id, key), key, before, registry, previous)
    for (office, _), key in old.items():
        if not key.revoked and _may_count(key, at):
            is_status = key.use == KeyUse.STATUS
            kind = FindingKind.STATUS_KEY_ENDS_DROPPED if is_status else FindingKind.KEY_DROPPED
            yield finding(kind, _place(office, key))


def _on_changed_key(
    where: Words, key: KeyEntry, before: KeyEntry | None, registry: RegistryDocument, previous: RegistryDocument
) -> Iterator[Finding]:
    if before is None:
        if key.valid_from < previous.expires and not (key.retired or key.revoked):
            yield finding(FindingKind.KEY_STARTS_EARLY, where, end=moment(previous.expires))
        return
    if key.use != KeyUse.STATUS:
        if key.retired and not before.retired and key.retired.at < registry.issued:
            yield finding(FindingKind.RETIRED_IN_THE_PAST, where)
    elif not before.revoked and _may_count(before, registry.issued):
        if key.revoked:
            yield finding(FindingKind.STATUS_KEY_ENDS_REVOKED, where)
        elif key.retired and not before.retired:
            yield finding(FindingKind.STATUS_KEY_ENDS_RETIRED, where, end=moment(key.retired.at))


def _may_count(key: KeyEntry, at: datetime) -> bool:
    """Tell whether something that a key has signed, or a thief with it, may count yet (AUT-5)."""
    end = key.valid_until if key.revoked else key.signs_until
    return at - end < (_LISTS if key.use == KeyUse.STATUS else key.scope.max_lifetime)


def on_previous(registry: RegistryDocument, *, known: bool) -> Iterator[Finding]:
    """Tell whether the hash of the registry before is there (REG-4)."""
    if registry.version > 1 and registry.previous is None:
        yield finding(FindingKind.PREVIOUS_MISSING)
    elif registry.version > 1 and not known:
        yield finding(FindingKind.PREVIOUS_NOT_CHECKED_REGISTRY)


def _place(office: str, key: KeyEntry) -> Words:
    kid = key.kid.hex()
    return Words(f"{office}, key {kid}", f"{office} 的密钥 {kid}")
