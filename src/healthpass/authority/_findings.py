"""Warnings: what verifiers accept, and an authority should not publish unawares (spec/registry.md, section 10)."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from healthpass._document import DAY
from healthpass._registry_document import (
    CREDENTIAL,
    USES,
    IssuerEntry,
    KeyEntry,
    RegistryDocument,
)
from healthpass._root import Root
from healthpass.authority._sources import moment

ROOT_SOON: Final = 60 * DAY  # to gather the people who hold the root's keys takes weeks
REGISTRY_SOON: Final = 7 * DAY


class Finding(NamedTuple):
    """What `check` has found.

    Attributes:
        severity: `error`, when a verifier would refuse the document or could judge nothing by it.
        code: what it is, a stable name; that of the outcome, when a verifier gives one.
        where: the part of the document, empty for the whole.
        message: what is the matter and what to do.
    """

    severity: Literal["error", "warning"]
    code: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.where}{': ' if self.where else ''}{self.message}"


def error(code: str, message: str, where: str = "") -> Finding:
    """Make an error."""
    return Finding("error", str(code), where, message)


def warning(code: str, message: str, where: str = "") -> Finding:
    """Make a warning."""
    return Finding("warning", str(code), where, message)


def on_expiry(content: Root | RegistryDocument, at: int, soon: int, where: str = "") -> Iterator[Finding]:
    """Tell whether a document has expired, or soon does."""
    if at >= content.expires:
        yield error("expired", f"it expired at {moment(content.expires)}: nothing can be judged by it", where)
    elif content.expires - at < min(soon, content.expires - content.issued):
        yield warning("expires-soon", f"it expires at {moment(content.expires)}: publish the next one", where)


def on_root(root: Root, previous: Root | None) -> Iterator[Finding]:
    """Tell what is risky about a root."""
    if previous is None and root.version > 1:
        message = "the root before it was not given, and the stores that hold that one ask its keys too"
        yield warning("previous-not-checked", message)
    if root.root_threshold == 1:
        yield warning("single-signer", "one person alone can replace the root; a threshold of 2 or more is safer")
    elif root.root_threshold == len(root.root_keys):
        yield warning(
            "no-spare-root-key", "all root keys must sign: if one is lost, the root can never be replaced"
        )
    if previous and root.stands_by is None:
        kept = len(set(root.registry_keys) & set(previous.registry_keys))
        if kept < max(root.registry_threshold, previous.registry_threshold):
            yield warning(
                "registry-goes-stale",
                "the registry in force may not reach the threshold of this root: publish both together, "
                "the registry signed by the new keys too",
            )


def on_registry(registry: RegistryDocument, at: int, soon: int) -> Iterator[Finding]:
    """Tell what is risky about a registry by itself."""
    dropped = registry.dropped()
    for issuer in registry.issuers:
        for key in issuer.keys:
            yield from _on_key(issuer, key, registry, at, soon, weak=key.raw in dropped)
        yield from _on_keys(issuer, dropped, at)
    for one in registry.recognitions:
        where = f"recognition of {one.authority}"
        if one.valid_until <= at:
            yield warning(
                "recognition-ended", f"it ended at {moment(one.valid_until)}: renew it or remove it", where
            )
        elif one.valid_until < max(at + soon, registry.expires):
            message = f"it ends at {moment(one.valid_until)}: renew it, or let it lapse"
            yield warning("recognition-ends-soon", message, where)
        if not (one.scope.colors and one.scope.max_lifetime):
            yield warning("recognition-without-scope", "without colours and max_lifetime it allows nothing", where)


def _on_key(
    issuer: IssuerEntry, key: KeyEntry, registry: RegistryDocument, at: int, soon: int, *, weak: bool
) -> Iterator[Finding]:
    where = _place(issuer, key)
    if weak:
        yield warning(
            "weak-key", "it is weak or published: verifiers drop it, and the office needs another", where
        )
    if key.retired and key.retired.at < key.valid_from:
        yield warning("retired-before-from", "it is retired before it starts: good for nothing", where)
    if key.revoked or key.retired:
        return
    if key.use not in USES.values():
        yield warning("unknown-use", f"the use {key.use} is not known: good for nothing", where)
    if key.use == CREDENTIAL and not (key.scope.colors and key.scope.max_lifetime):
        yield warning("key-without-scope", "without colours and max_lifetime it is good for nothing", where)
    if at < key.valid_until < max(at + soon, registry.expires):
        yield warning(
            "key-ends-soon", f"it ends at {moment(key.valid_until)}: the office needs its next key", where
        )


def _on_keys(issuer: IssuerEntry, dropped: frozenset[bytes], at: int) -> Iterator[Finding]:
    if issuer.keys and all(key.use != CREDENTIAL for key in issuer.keys):
        return  # an office for status lists or policies
    good = [
        key
        for key in issuer.keys
        if key.use == CREDENTIAL
        and not (key.retired or key.revoked or key.raw in dropped)
        and key.valid_until > at
    ]
    if not good:
        yield warning("issuer-without-keys", "it has no key that could sign a code", issuer.id)
    elif len(good) == 1:
        message = "it has no second key for credentials: if the one is stolen, it can sign nothing (AUT-2)"
        yield warning("no-second-key", message, issuer.id)


def on_change(registry: RegistryDocument, previous: RegistryDocument, root: Root, at: int) -> Iterator[Finding]:
    """Tell what is risky about a registry as the one that follows another, under the root in force."""
    # RVK-3: what was revoked in versions that the new epoch does not stand by may be listed again.
    stands = registry.epoch == previous.epoch or previous.version <= (root.stands_by or 0)
    if registry.version > previous.version + 1 and registry.epoch == previous.epoch:
        message = f"it is version {registry.version}, and {previous.version} is the last: count up by one (AUT-1)"
        yield warning("version-gap", message)
    old = {(issuer.id, key.raw): key for issuer in previous.issuers for key in issuer.keys}
    for issuer in registry.issuers:
        for key in issuer.keys:
            yield from _on_changed_key(
                issuer, key, old.pop((issuer.id, key.raw), None), registry, previous, stands=stands
            )
    for (office, _), key in old.items():
        last = key.valid_until + int(key.scope.max_lifetime.total_seconds())
        where = f"{office}, key {key.kid.hex()}"
        if key.revoked and at < last:
            message = "a revoked key is dropped before its last code has expired: keep it on the list (AUT-5)"
            yield warning("revoked-key-dropped", message, where)
        elif not key.revoked and at < last:
            message = (
                "it is dropped while codes that it signed may be in force: retire it, and keep it on the list"
            )
            yield warning("key-dropped", message, where)


def _on_changed_key(
    issuer: IssuerEntry,
    key: KeyEntry,
    before: KeyEntry | None,
    registry: RegistryDocument,
    previous: RegistryDocument,
    *,
    stands: bool,
) -> Iterator[Finding]:
    where = _place(issuer, key)
    if before is None:
        if key.valid_from < previous.expires and not (key.retired or key.revoked):
            message = (
                f"it starts before {moment(previous.expires)}, when the last registry that lacks it expires: "
                "until then gates without news refuse what it signs (AUT-3)"
            )
            yield warning("key-starts-early", message, where)
        return
    if before.revoked and not key.revoked and stands:
        yield warning("revoked-key-listed", "it was revoked: verifiers go on refusing it", where)
    if key.retired and not before.retired and key.retired.at < registry.issued:
        message = "it is retired as of a time that has passed: codes that it signed since then fail (AUT-4)"
        yield warning("retired-in-the-past", message, where)


def on_previous(registry: RegistryDocument, *, known: bool) -> Iterator[Finding]:
    """Tell whether the hash of the registry before is there (REG-4)."""
    if registry.version > 1 and registry.previous is None:
        message = "it names no previous registry, and only the first has none: who monitors cannot follow"
        yield warning("previous-missing", message)
    elif registry.version > 1 and not known:
        yield warning(
            "previous-not-checked", "the previous registry was not given, so nothing was compared with it"
        )


def _place(issuer: IssuerEntry, key: KeyEntry) -> str:
    return f"{issuer.id}, key {key.kid.hex()}"
