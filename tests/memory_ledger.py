"""A ledger in memory, written from the docstrings of `Ledger` and the page on proofs (docs/api/ledger.md) alone.

Nobody should issue by it: it forgets all with its process, and its places are in no secret order (STI-2). It shows
that the contract of ledgers asks for nothing that is SQLite's.
"""

import hashlib
import json
import os
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from healthpass import PublicKey, StatusPlace
from healthpass.ledger import (
    Action,
    Batch,
    CodeKnownError,
    CodeRecord,
    DeviceKeyUsedError,
    EntryProof,
    Head,
    LedgerError,
    ListIssue,
    LogLine,
    Recorded,
    RunTerms,
    SelectedCode,
    Selection,
    TamperedError,
    TooManyCodesError,
    UnknownBatchError,
    UnknownCodeError,
    Withdrawal,
    WithdrawnCodeError,
)

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
KEPT: Final = 8 * DAY
ENTRIES: Final = 1_048_576
ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def leaf(data: bytes) -> bytes:
    """Hash an entry (RFC 9162)."""
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash two hashes."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: list[bytes]) -> bytes:
    """Return the root of a tree (RFC 9162, section 2.1.1)."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root(leaves[:k]), root(leaves[k:]))


def path(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    """Return an audit path (RFC 9162, section 2.1.3.1)."""
    if len(leaves) == 1:
        return ()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if index < k:
        return (*path(leaves[:k], index), root(leaves[k:]))
    return (*path(leaves[k:], index - k), root(leaves[:k]))


@dataclass
class Line:
    """A line of the log, and what was done to each of its codes."""

    said: LogLine
    entries: dict[bytes, bytes] = field(default_factory=dict)  # by cti
    actions: dict[bytes, Action] = field(default_factory=dict)
    until: datetime | None = None  # the last expiry of its codes


@dataclass
class Code:
    """A code that has its place."""

    record: CodeRecord
    line: int
    withdrawn: bool = False


class Store:
    """What several handles of one ledger share, as they would a database."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.lock = threading.RLock()
        self.counter = 0
        self.free: list[StatusPlace] = []
        self.held: dict[StatusPlace, object] = {}  # by which handle
        self.codes: dict[bytes, Code] = {}
        self.devices: set[bytes] = set()
        self.runs: dict[str, tuple[bytes, RunTerms]] = {}
        self.issued: dict[int, list[datetime]] = {}  # the dates of each list
        self.published: dict[int, bytes] = {}
        self.log: list[Line] = []
        self.clock = datetime.now(UTC)

    def end_leases(self) -> None:
        """Give what is held to others."""
        with self.lock:
            self.free += self.held
            self.held.clear()

    def append(
        self, action: str, at: datetime, facts: dict[str, Any], entries: Mapping[bytes, bytes] | None = None
    ) -> Line:
        """Append a line to the log."""
        entries = dict(sorted((entries or {}).items()))
        text = json.dumps({"salt": os.urandom(16).hex(), **facts}, ensure_ascii=False, separators=(",", ":"))
        top = root([*map(leaf, entries.values())]) if entries else None
        digest = node(leaf(text.encode()), top) if top else leaf(text.encode())
        previous = self.log[-1].said.hash if self.log else bytes(32)
        said = LogLine(len(self.log) + 1, (at - ZERO) // SECOND, action, digest, previous, text, top, None)
        self.log.append(Line(said, entries))
        if at - self.clock <= 2 * DAY:
            self.clock = max(self.clock, at)
        return self.log[-1]


class MemoryLedger:
    """A handle, as one worker has it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        if not store.log:
            store.append("created", whole(None), {"issuer": store.issuer})

    @property
    def issuer(self) -> Any:
        """The issuer whose lists these are."""
        return self._store.issuer

    def take(self) -> StatusPlace:
        """Take a place."""
        with self._store.lock:
            if self._store.free:
                place = self._store.free.pop()
            else:
                place = StatusPlace(*divmod(self._store.counter, ENTRIES))
                self._store.counter += 1
            self._store.held[place] = self
            return place

    def give_back(self, place: StatusPlace) -> None:
        """Give a place back."""
        with self._store.lock:
            if self._store.held.get(place) is self:
                del self._store.held[place]
                self._store.free.append(place)

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        for code in codes:
            check(code)
        with self._store.lock:
            known = self._store.codes
            if all(code.cti in known and same(known[code.cti].record, code) for code in codes):
                return
            done = {cti for line in self._store.log for cti in line.actions}
            keys = set(self._store.devices)
            places: set[StatusPlace] = set()
            for code in codes:
                if self._store.held.get(code.place) is not self or code.place in places:
                    raise LedgerError("this place is not held, or is there twice")
                if code.cti in done:
                    raise CodeKnownError(code.cti)
                if code.holder_key and (key := device(code.holder_key)) in keys:
                    raise DeviceKeyUsedError(code.cti)
                keys |= {key} if code.holder_key else set()
                places.add(code.place)
                done.add(code.cti)
            groups: dict[tuple[str, str], list[CodeRecord]] = {}
            for code in codes:
                groups.setdefault((code.by, code.why), []).append(code)
            for (by, why), group in groups.items():
                self._write_down(group, by, why)
            self._store.devices = keys
            for place in places:
                del self._store.held[place]

    def begin_run(self, terms: RunTerms) -> bytes:
        """Note the terms of a run."""
        for name, most in (("run", 100), ("by", 500), ("why", 500)):
            words(getattr(terms, name), name, most)
        identifier(terms.kid, 8, "kid")
        if not timedelta(0) <= terms.jitter < terms.lifetime:
            raise ValueError("jitter is not negative, and less than lifetime")
        with self._store.lock:
            secret, known = self._store.runs.setdefault(terms.run, (os.urandom(32), terms))
            for name, value in terms._asdict().items():
                if getattr(known, name) != value:
                    raise LedgerError(f"the run has another {name}")
            return secret

    def recorded(
        self, ctis: Collection[bytes], *, expiring: tuple[datetime, datetime] | None = None
    ) -> dict[bytes, Recorded]:
        """Return what is recorded of codes."""
        del expiring
        with self._store.lock:
            found = {cti: self._store.codes[cti].record for cti in ctis if cti in self._store.codes}
        return {cti: Recorded(one.place, one.kid, one.expires_at, one.seal) for cti, one in found.items()}

    def _write_down(self, group: list[CodeRecord], by: str, why: str) -> None:
        entries = {}
        for code in group:
            told = code.place.list.to_bytes(2) + code.place.index.to_bytes(4) + code.kid
            told += b"".join(((at - ZERO) // SECOND).to_bytes(8) for at in (code.issued_at, code.expires_at))
            entries[code.cti] = os.urandom(16) + code.cti + told
            entries[code.cti] += device(code.holder_key) if code.holder_key else b""
        at = whole(None)
        line = self._store.append("issued", at, {"by": by, "why": why, "codes": len(group)}, entries)
        line.until = max(at, *(code.expires_at for code in group))
        for code in group:
            self._store.codes[code.cti] = Code(code, line.said.number)
            more = {
                "place": code.place,
                "kid": code.kid,
                "issued_at": code.issued_at,
                "expires_at": code.expires_at,
            }
            line.actions[code.cti] = self._action(line, at, code.cti, by=by, why=why, **more)

    @staticmethod
    def _action(line: Line, at: datetime, cti: bytes, **more: Any) -> Action:
        codes = len(line.entries)
        return Action(line=line.said.number, codes=codes, at=at, action=line.said.action, cti=cti, **more)

    def revoke(self, cti: bytes, *, by: str, why: str, at: datetime | None = None) -> bool:
        """Withdraw a code."""
        done = self.revoke_many([cti], by=by, why=why, at=at)
        if done.unknown:
            raise UnknownCodeError(cti)
        return bool(done.revoked)

    def revoke_many(
        self,
        chosen: Selection | Iterable[bytes],
        *,
        by: str,
        why: str,
        at_most: int = 100,
        at: datetime | None = None,
    ) -> Withdrawal:
        """Withdraw codes."""
        moment = whole(at)
        words(by)
        words(why)
        if type(at_most) is not int:
            raise TypeError("at_most must be an int")
        with self._store.lock:
            good, already, unknown = self._sorted(chosen)
            if len(good) > at_most:
                raise TooManyCodesError(len(good), at_most)
            lines = (self._withdraw("revoked", dict.fromkeys(good, b""), moment, by, why),) if good else ()
            return Withdrawal(len(good), already, tuple(unknown), lines)

    def _withdraw(self, action: str, news: dict[bytes, bytes], at: datetime, by: str, why: str) -> int:
        entries = {cti: os.urandom(16) + cti + new for cti, new in news.items()}
        line = self._store.append(action, at, {"by": by, "why": why, "codes": len(news)}, entries)
        line.until = max(at, *(self._store.codes[cti].record.expires_at for cti in news))
        for cti, new in news.items():
            self._store.codes[cti].withdrawn = True
            line.actions[cti] = self._action(line, at, cti, by=by, why=why, new=new or None)
        return line.said.number

    def _sorted(self, chosen: Selection | Iterable[bytes]) -> tuple[list[bytes], int, list[bytes]]:
        if isinstance(chosen, Selection):
            chosen = [code.cti for code in self.select(chosen)]
        good, already, unknown = [], 0, []
        for cti in dict.fromkeys(identifier(cti, 12) for cti in chosen):
            code = self._store.codes.get(cti)
            if code is None:
                unknown.append(cti)
            elif code.withdrawn:
                already += 1
            else:
                good.append(cti)
        return good, already, unknown

    def rehearse(self, chosen: Selection | Iterable[bytes]) -> Withdrawal:
        """Tell what withdrawing would come to."""
        with self._store.lock:
            good, already, unknown = self._sorted(chosen)
            return Withdrawal(len(good), already, tuple(unknown))

    def select(self, selection: Selection) -> Iterator[SelectedCode]:
        """Read the codes of a selection."""
        with self._store.lock:
            of_batch = set(self._line(selection.batch).actions) if selection.batch is not None else None
            found = [
                SelectedCode(
                    cti=cti,
                    kid=one.record.kid,
                    issued_at=one.record.issued_at,
                    expires_at=one.record.expires_at,
                    batch=one.line,
                    withdrawn=one.withdrawn,
                )
                for cti, one in self._store.codes.items()
                if (of_batch is None or cti in of_batch)
                and selection.kid in {None, one.record.kid}
                and selection.set_by in {None, one.record.by}
                and selection.set_why in {None, one.record.why}
                and selection.withdrawn in {None, one.withdrawn}
                and (selection.since is None or selection.since <= one.record.issued_at)
                and (selection.until is None or one.record.issued_at < selection.until)
                and (selection.up_to is None or one.line <= selection.up_to)
            ]
        return iter(found)

    def _line(self, number: int) -> Line:
        if not 1 <= number <= len(self._store.log):
            raise UnknownBatchError(number, "there is no such line")
        line = self._store.log[number - 1]
        if not line.actions:
            raise UnknownBatchError(number, "it is about no codes, or forgotten")
        return line

    def batch(self, number: int) -> Batch:
        """Tell of a batch."""
        with self._store.lock:
            line = self._line(number)
            first = next(iter(line.actions.values()))
            withdrawn = sum(
                any(cti in one.actions and one.said.action != "issued" for one in self._store.log)
                for cti in line.actions
            )
            return Batch(
                line=number,
                at=first.at,
                action=first.action,
                codes=len(line.actions),
                by=first.by,
                why=first.why,
                withdrawn=withdrawn,
            )

    def correct(self, cti: bytes, *, new: bytes, by: str, why: str, at: datetime | None = None) -> None:
        """Withdraw a code, and note which one came in its place."""
        moment = whole(at)
        words(by)
        words(why)
        if identifier(cti, 12) == identifier(new, 12):
            raise ValueError("these are one code")
        with self._store.lock:
            for one in (cti, new):
                if one not in self._store.codes:
                    raise UnknownCodeError(one)
            if self._store.codes[new].withdrawn:
                raise WithdrawnCodeError(new)
            self._withdraw("corrected", {cti: new}, moment, by, why)

    def _check_clock(self, at: datetime, *, after_pause: bool) -> None:
        if not -DAY <= at - self._store.clock <= 2 * DAY:
            if not after_pause:
                raise LedgerError("is the clock right?")
            self._store.clock = at

    def forget(
        self, *, at: datetime | None = None, keep_history: timedelta = 180 * DAY, after_pause: bool = False
    ) -> int:
        """Drop codes, and forget what was done to older ones."""
        moment = whole(at)
        if keep_history < KEPT:
            raise ValueError("a code that is there has a history")
        with self._store.lock:
            self._check_clock(moment, after_pause=after_pause)
            old = [cti for cti, one in self._store.codes.items() if one.record.expires_at <= moment - KEPT]
            for cti in old:
                self._store.free.append(self._store.codes.pop(cti).record.place)
            if old:
                self._store.append("dropped", moment, {"codes": len(old)})
            due = [line for line in self._store.log if line.until and line.until <= moment - keep_history]
            for line in due:
                said = line.said
                line.said = LogLine(
                    said.number, said.at, said.action, said.digest, said.previous, None, None, len(self._store.log)
                )
                line.until, line.entries, line.actions = None, {}, {}
            if due:
                self._store.append("forgotten", moment, {"lines": [line.said.number for line in due]})
            return len(old)

    def history(self, cti: bytes) -> tuple[Action, ...]:
        """Tell what was done to a code."""
        identifier(cti, 12)
        with self._store.lock:
            found = tuple(line.actions[cti] for line in self._store.log if cti in line.actions)
        if not found:
            raise UnknownCodeError(cti)
        return found

    def prove(self, cti: bytes, *, head: Head | None = None) -> tuple[EntryProof, ...]:
        """Prove what was done to a code."""
        self.history(cti)
        with self._store.lock:
            log = self._store.log
            if head and not (head.number <= len(log) and log[head.number - 1].said.hash == head.hash):
                raise LedgerError("the log does not have this head")
            log = log[: head.number] if head else log
            proofs = []
            for line in (line for line in log if cti in line.actions):
                index = list(line.entries).index(cti)
                proofs.append(
                    EntryProof(
                        line=line.said.number,
                        at=line.said.at,
                        action=line.said.action,
                        facts=line.said.facts or "",
                        entry=line.entries[cti],
                        index=index,
                        path=path([*map(leaf, line.entries.values())], index),
                        previous=line.said.previous,
                        later=tuple(one.said.own for one in log[line.said.number :]),
                    )
                )
        if not proofs:
            raise LedgerError("nothing was done to the code up to this head")
        return tuple(proofs)

    def in_place_of(self, cti: bytes) -> tuple[bytes, ...]:
        """Tell which codes were corrected by this one."""
        with self._store.lock:
            actions = [one for line in self._store.log for one in line.actions.values()]
            return tuple(dict.fromkeys(one.cti for one in actions if one.new == identifier(cti, 12)))

    def lists(self) -> tuple[int, ...]:
        """Return the numbers of the lists, and of the next one."""
        with self._store.lock:
            return tuple(range((self._store.counter - 1) // ENTRIES + 2))

    def bitmap(self, number: int, *, at: datetime | None = None) -> bytes:
        """Return the entries of a list."""
        moment = whole(at)
        if number not in self.lists():
            raise LedgerError("there is no such list")
        bits = bytearray(ENTRIES // 8)
        with self._store.lock:
            for code in self._store.codes.values():
                place = code.record.place
                if code.withdrawn and place.list == number and code.record.expires_at > moment - DAY:
                    bits[place.index // 8] |= 1 << place.index % 8
        return bytes(bits)

    def issue_lists(
        self, *, kid: bytes, at: datetime, lifetime: timedelta, after_pause: bool = False
    ) -> dict[int, ListIssue]:
        """Give each list its next iat."""
        moment = whole(at)
        identifier(kid, 8)
        if not SECOND <= lifetime <= 7 * DAY:
            raise ValueError("a list lives for a week at most")
        with self._store.lock:
            self._check_clock(moment, after_pause=after_pause)
            issues = {}
            for number in self.lists():
                before = self._store.issued.setdefault(number, [ZERO])
                date = max(moment, max(one for one in before if one <= moment + DAY) + SECOND)
                before.append(date)
                issues[number] = ListIssue(self.bitmap(number, at=date), date, date + lifetime)
            self._store.append("published", moment, {"kid": kid.hex(), "lists": list(issues)})
            return issues

    def keep_published(self, lists: Mapping[int, bytes]) -> None:
        """Keep signed lists."""
        self._store.published = dict(lists)

    def head(self) -> Head:
        """Return the head of the log."""
        with self._store.lock:
            last = self._store.log[-1].said
            return Head(last.number, last.hash)

    def verify_chain(self, *heads: Head) -> Head:
        """Check the log."""
        if not all(isinstance(head, Head) for head in heads):
            raise TypeError("a head is a Head")
        with self._store.lock:
            hashes = [bytes(32)]
            for number, line in enumerate(self._store.log, 1):
                said = line.said
                told = said.facts is None or said.digest == (
                    node(leaf(said.facts.encode()), said.root) if said.root else leaf(said.facts.encode())
                )
                if said.number != number or said.previous != hashes[-1] or not told:
                    raise TamperedError(number, "is not as it was written")
                hashes.append(said.hash)
            for head in heads:
                if head.number >= len(hashes) or hashes[head.number] != head.hash:
                    raise TamperedError(head.number, "is not the head that was kept")
            return self.head()


def whole(at: datetime | None) -> datetime:
    """Return a time in whole seconds; now when there is none."""
    at = at or datetime.now(UTC)
    if at.utcoffset() is None:
        raise ValueError("a time has a time zone")
    return at.astimezone(UTC).replace(microsecond=0)


def same(known: CodeRecord, code: CodeRecord) -> bool:
    """Tell whether a code that comes again is the one that is known."""
    return known == (code if code.seal is None else replace(code, issued_at=known.issued_at))


def identifier(value: Any, size: int, name: str = "it") -> bytes:
    """Check the bytes of a cti, a kid or a seal."""
    if type(value) is not bytes:
        raise TypeError("bytes are expected")
    if len(value) != size:
        raise ValueError(f"{name} has {size} bytes")
    return value


def words(text: Any, name: str = "it", most: int = 500) -> None:
    """Check who or why, or the id of a run."""
    if type(text) is not str:
        raise TypeError("a str is expected")
    if not text.strip() or not text.isprintable() or len(text) > most:
        raise ValueError(f"{name} has 1 to {most} printable characters")


def check(code: CodeRecord) -> None:
    """Check a record."""
    identifier(code.cti, 12), identifier(code.kid, 8)
    words(code.by)
    words(code.why)
    if code.seal is not None:
        identifier(code.seal, 8, "seal")
    if type(code.place) is not StatusPlace or type(code.issued_at) is not datetime:
        raise TypeError("this is no record")
    if type(code.expires_at) is not datetime:
        raise TypeError("this is no record")
    whole(code.issued_at), whole(code.expires_at)


def device(key: PublicKey) -> bytes:
    """Return what is kept of a device key; a real ledger keys this hash with a secret."""
    return hashlib.blake2b(key.to_bytes(), digest_size=16).digest()
