"""Proofs of single entries of a ledger's log, and what somebody who forges one tries."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forging import DAY, KEY, NOW
from healthpass import PublicKey, StatusPlace
from healthpass.ledger import (
    CodeRecord,
    EntryProof,
    Head,
    LedgerError,
    ProofError,
    TamperedError,
    UnknownCodeError,
    _merkle,
)
from healthpass.ledger._proof import MAX_JSON, MAX_LINES
from offices import Office


@pytest.fixture
def codes(office: Office) -> list[CodeRecord]:
    """Seven codes of a batch, the first of which was withdrawn and corrected, and some others before and after."""
    office.issue(3)
    made = office.issue(7, by="officer 4", why="张贴：阴性")
    (new,) = office.issue(1)
    office.ledger.revoke_many([made[0].cti, made[1].cti], by="officer 5", why="positive")
    office.ledger.correct(made[0].cti, new=new.cti, by="officer 6", why="appeal 2026-118")
    office.issue(2)
    return made


def mth(entries: list[bytes]) -> bytes:
    """Return the root as section 2.1.1 of RFC 9162 defines it."""
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1 << (len(entries) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + mth(entries[:k]) + mth(entries[k:])).digest()


def path_of(m: int, entries: list[bytes]) -> list[bytes]:
    """Return the audit path as section 2.1.3.1 defines it."""
    if len(entries) == 1:
        return []
    k = 1 << (len(entries) - 1).bit_length() - 1
    if m < k:
        return [*path_of(m, entries[:k]), mth(entries[k:])]
    return [*path_of(m - k, entries[k:]), mth(entries[:k])]


class TestTree:
    @given(st.integers(1, 70), st.data())
    def test_is_that_of_rfc_9162(self, size: int, data: st.DataObject) -> None:
        """Roots and audit paths are those of the definitions of RFC 9162, and lead to each other."""
        index = data.draw(st.integers(0, size - 1))
        entries = [number.to_bytes(3) for number in range(size)]
        leaves = list(map(_merkle.leaf, entries))
        path = _merkle.path(leaves, index)
        assert list(path) == path_of(index, entries)
        assert _merkle.root(leaves) == mth(entries) == _merkle.root_by(path, leaves[index], index, size)

    @given(st.integers(1, 40), st.integers(0, 39), st.integers(0, 8))
    def test_takes_a_path_of_one_length_alone(self, size: int, index: int, length: int) -> None:
        """A path that is longer or shorter than that of the index in a tree of this size is refused."""
        index %= size
        right = len(path_of(index, [bytes(1)] * size))
        if length == right:
            _merkle.root_by([bytes(32)] * length, bytes(32), index, size)
        else:
            with pytest.raises(ValueError, match="path is too"):
                _merkle.root_by([bytes(32)] * length, bytes(32), index, size)


class TestProof:
    def test_by_each_head_that_was_kept_meanwhile(self, office: Office) -> None:
        """One proof can be checked by the head of its own line and by each later one that it reaches."""
        (code,) = office.issue()
        heads = [office.ledger.head()]
        for _ in range(3):
            office.issue()
            heads.append(office.ledger.head())
        (proof,) = office.ledger.prove(code.cti)
        assert proof.reaches == heads[-1].number
        assert {proof.check(head).cti for head in heads} == {code.cti}
        (short,) = office.ledger.prove(code.cti, head=heads[1])
        assert short.reaches == heads[1].number
        assert short.check(heads[1]).cti == code.cti
        with pytest.raises(ProofError, match="it is for the heads of line 2 to 3, not for that of 4"):
            short.check(heads[2])
        (after,) = office.issue()
        with pytest.raises(ProofError, match="it is for the heads"):
            office.ledger.prove(after.cti)[0].check(heads[-1])

    def test_shows_nothing_of_others(self, office: Office, codes: list[CodeRecord]) -> None:
        """Nothing of another code is in a proof, nor can who knows that code find it by the salts in it."""
        proofs = office.ledger.prove(codes[0].cti)
        text = "".join(proof.to_json() for proof in proofs)
        known: set[bytes] = set()
        for one in codes[1:]:
            assert one.cti.hex() not in text
            for salt in (bytes.fromhex(json.loads(proofs[0].facts)["salt"]), proofs[0].entry[:16]):
                for key in (salt, _merkle.entry_key(bytes(32), salt)):
                    place, times = one.place, (int(one.issued_at.timestamp()), int(one.expires_at.timestamp()))
                    entry = _merkle.issued(key, one.cti, place.list, place.index, one.kid, *times, None)
                    known |= {_merkle.leaf(entry), _merkle.leaf(salt + entry[16:])}
        assert not known & {step for proof in proofs for step in proof.path}
        assert "officer 17" not in text, "who set the codes of other lines"
        assert repr(proofs[0]) == "EntryProof(line=3, ...)"

    def test_is_there_as_long_as_the_history(self, office: Office, codes: list[CodeRecord]) -> None:
        """It can be made when the code itself was dropped, until its history is forgotten; and kept for ever."""
        head, proofs = office.ledger.head(), office.ledger.prove(codes[0].cti)
        office.forget(NOW + 20 * DAY)
        assert [proof.check(head) for proof in office.ledger.prove(codes[0].cti, head=head)] == [
            proof.check(head) for proof in proofs
        ]
        office.forget(NOW + 400 * DAY)
        with pytest.raises(UnknownCodeError):
            office.ledger.prove(codes[0].cti)
        assert proofs[0].check(head).by == "officer 4"

    def test_of_a_log_that_was_tampered_with(self, office: Office, codes: list[CodeRecord]) -> None:
        """What is not as it was written is not proven."""
        for statement, number in (
            ("UPDATE codes SET expires_at = expires_at - 1 WHERE line = 3", 3),
            ("UPDATE log SET facts = replace(facts, 'officer 6', 'officer 7') WHERE number = 6", 6),
            ("UPDATE log SET facts = NULL WHERE number = 3", 3),
            ("UPDATE log SET facts = '{}' WHERE number = 3", 3),
            ("UPDATE log SET digest = zeroblob(32) WHERE number = 4", 3),
            ("UPDATE log SET action = 7 WHERE number = 3", 3),
            ("UPDATE ledger SET secret = zeroblob(32)", 3),
            ("DELETE FROM log WHERE number = 3", 3),
        ):
            office.sql("PRAGMA wal_checkpoint(TRUNCATE)")
            before = office.file.read_bytes()
            office.sql(statement)
            with pytest.raises(TamperedError) as caught:
                office.ledger.prove(codes[0].cti)
            assert caught.value.number == number, statement
            office.ledger.close()
            office.file.write_bytes(before)
            for end in ("-wal", "-shm"):
                office.file.with_name(office.file.name + end).unlink(missing_ok=True)
            office.ledger = type(office.ledger)(office.path)
        assert office.ledger.prove(codes[0].cti)

    def test_of_too_many_lines(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """A proof has a greatest size: an earlier head makes it shorter."""
        (code,) = office.issue()
        head = office.ledger.head()
        office.issue()
        monkeypatch.setattr("healthpass.ledger._proof.MAX_LINES", 0)
        with pytest.raises(LedgerError, match="give an earlier one that was kept"):
            office.ledger.prove(code.cti)
        assert office.ledger.prove(code.cti, head=head)
        longest = "[" + ",".join([f'"{"0" * 64}"'] * MAX_LINES) + "]"
        assert len(longest) + 20_000 < MAX_JSON

    @pytest.mark.parametrize(
        ("cti", "head", "error"),
        [(b"", None, ValueError), ("00" * 12, None, TypeError), (bytes(12), "1:00", TypeError)],
    )
    def test_wrong_arguments(self, office: Office, cti: Any, head: Any, error: type[Exception]) -> None:
        """Arguments of another type or size are refused; an unknown code is an error of its own."""
        with pytest.raises(error):
            office.ledger.prove(cti, head=head)
        with pytest.raises(UnknownCodeError):
            office.ledger.prove(bytes(12))
        (code,) = office.issue()
        with pytest.raises(TypeError):
            office.ledger.prove(code.cti)[0].check("2:00")  # type: ignore[arg-type]


def others(value: Any) -> Iterator[Any]:
    """Return other values for a field of a proof."""
    if isinstance(value, int):
        yield from (value + 1, value - 1, value + 256, -value - 1, 0, True, str(value), float(value), None)
    elif isinstance(value, bytes):
        for at in {0, 15, 16, 27, 28, len(value) - 1} & set(range(len(value))):
            yield value[:at] + bytes((value[at] ^ 1,)) + value[at + 1 :]
        yield from (value[:-1], value + b"\0", b"\0" + value, b"", bytes(len(value)), value.hex(), None)
    elif isinstance(value, str):
        yield from (
            "issued",
            "revoked",
            "corrected",
            "created",
            value + " ",
            value[1:],
            "",
            "{}",
            "[" * 99_999,
            None,
        )
        yield from (value.replace("officer 4", "officer 5"), value.replace('"codes":7', '"codes":6'))
        yield from (value.replace(",", ", "), value.replace('"by"', '"by":"x","by"'), value[:-1] + ',"x":1}')
    else:
        yield from (value[:-1], (*value, bytes(32)), value[::-1], (*value[1:], *value[:1]), list(value), None)
        yield from ((*value[:at], bytes(32), *value[at + 1 :]) for at in range(len(value)))
        yield from ((b"", *value), tuple(one.hex() for one in value), (*value, *value), ())


class TestForging:
    @pytest.fixture
    def proofs(self, office: Office, codes: list[CodeRecord]) -> tuple[EntryProof, ...]:
        """All that can be proven of a code, up to the head."""
        return office.ledger.prove(codes[0].cti)

    def test_any_field(self, office: Office, proofs: tuple[EntryProof, ...]) -> None:
        """A proof of which any part was changed shows nothing."""
        head = office.ledger.head()
        tried = 0
        for proof in proofs:
            for field in fields(proof):
                value = getattr(proof, field.name)
                further = [(*proof.later, bytes(32)), (*proof.later, *proof.later)]  # beyond the head
                for other in others(value):
                    if type(other) is type(value) and other == value:
                        continue
                    tried += 1
                    changed = {field.name: other}
                    if field.name == "later" and other in further:
                        assert replace(proof, **changed).check(head) == proof.check(head)
                        continue
                    with pytest.raises((ProofError, ValueError)):
                        replace(proof, **changed).check(head)
        assert tried > 250

    def test_other_heads(self, office: Office, codes: list[CodeRecord], proofs: tuple[EntryProof, ...]) -> None:
        """By another head of the same number nothing is shown; nor by one of another log that looks alike."""
        head = office.ledger.head()
        for digest in (
            bytes(32),
            head.hash[::-1],
            proofs[0].previous,
            proofs[0].later[-1],
            b"",
            head.hash + b"\0",
        ):
            with pytest.raises(ProofError, match="holds no such entry"):
                proofs[0].check(Head(head.number, digest))
        for number in (0, 1, 2, head.number - 1, head.number + 1, -1):
            with pytest.raises(ProofError):
                proofs[0].check(Head(number, head.hash))
        assert codes

    def test_parts_of_two_proofs(self, office: Office, codes: list[CodeRecord]) -> None:
        """Parts of sound proofs make no third one: not another code's place, nor another line's words."""
        head = office.ledger.head()
        sound = [proof for code in codes[:4] for proof in office.ledger.prove(code.cti)]
        for one in sound:
            for two in sound:
                for field in fields(one):
                    mixed = {field.name: getattr(two, field.name)}
                    if mixed[field.name] == getattr(one, field.name):
                        continue
                    with pytest.raises((ProofError, ValueError)):
                        replace(one, **mixed).check(head)

    def test_nodes_as_entries(self, office: Office, codes: list[CodeRecord]) -> None:
        """What is hashed as a node is no entry, whatever size somebody says that the tree has."""
        head = office.ledger.head()
        proof = next(proof for proof in office.ledger.prove(codes[3].cti) if proof.path)
        inner = _merkle.leaf(proof.entry) + proof.path[0]
        for entry in (inner, b"\1" + inner, inner[:58], inner.ljust(74, b"\0"), inner[:28], inner[:40]):
            for index in (0, proof.index, proof.index >> 1):
                for path in (proof.path, proof.path[1:]):
                    with pytest.raises((ProofError, ValueError)):
                        replace(proof, entry=entry, index=index, path=path).check(head)

    def test_a_line_in_another_place(self, office: Office, proofs: tuple[EntryProof, ...]) -> None:
        """An entry is of its own line: no line before or after can be said to hold it."""
        proof, head = proofs[0], office.ledger.head()
        hashes = [line.hash for line in office.ledger.log()]
        for number in range(1, head.number + 1):
            for later in (proof.later, proof.later[1:], (bytes(32), *proof.later)):
                if (number, later) != (proof.line, proof.later):
                    previous = hashes[number - 2] if number > 1 else bytes(32)
                    with pytest.raises((ProofError, ValueError)):
                        replace(proof, line=number, previous=previous, later=later).check(head)

    @pytest.mark.parametrize(
        "text",
        [
            "", "null", "[]", "{}", "7", '"x"', "[" * 100_000, '{"line":' * 50_000, '{"line":1}', "{" + "x" * 50,
            "9" * 5000, "NaN", '{"line":NaN}', "\ud800", "\0", '{"line":1e999}',
        ],
    )  # fmt: skip
    def test_texts_that_are_none(self, text: str) -> None:
        """What is not the JSON of a proof is refused with a ValueError."""
        with pytest.raises(ValueError, match="this is no proof of an entry"):
            EntryProof.from_json(text)

    def test_texts_beyond_the_bound(self, proofs: tuple[EntryProof, ...]) -> None:
        """A text without end is refused before it is read, and so are more lines than a ledger proves."""
        with pytest.raises(ValueError, match="more than 8,388,608 characters"):
            EntryProof.from_json(" " * (MAX_JSON + 1))
        with pytest.raises(ValueError, match="at most 100,000 hashes"):
            replace(proofs[0], later=(bytes(32),) * (MAX_LINES + 1))
        with pytest.raises(ValueError, match="at most 32 hashes"):
            replace(proofs[0], path=(bytes(32),) * 33)
        with pytest.raises(TypeError):
            EntryProof.from_json(proofs[0].to_json().encode())  # type: ignore[arg-type]

    def test_texts_with_a_twist(self, office: Office, proofs: tuple[EntryProof, ...]) -> None:
        """A text that says something twice, more, less, in another order or type is refused."""
        head = office.ledger.head()
        text = proofs[0].to_json()
        told = json.loads(text)
        twisted = [
            text[:-1] + ',"line":3}',
            text.replace('"at"', '"line":9,"at"', 1),
            text.replace('"at":', '"at": '),
            text.replace("officer 4", "officer\\u00204"),
            json.dumps(told),
            json.dumps(dict(reversed(told.items())), separators=(",", ":"), ensure_ascii=False),
            *(json.dumps({k: v for k, v in told.items() if k != name}) for name in told),
            json.dumps({**told, "more": 1}, separators=(",", ":")),
        ]
        wrong: list[Any] = [None, True, 1.5, -(2**70), 2**70, [], {}, "0g", "00 ", "A0", [[]], [None], ["00"]]
        for name, value in told.items():
            for other in (*wrong, [value]):
                if other != value:
                    changed = json.dumps({**told, name: other}, separators=(",", ":"), ensure_ascii=False)
                    twisted.append(changed)
        for one in twisted:
            with pytest.raises((ProofError, ValueError)):
                EntryProof.from_json(one).check(head)
        assert EntryProof.from_json(f" {text}\n") == proofs[0]

    def test_flipped_bits(self, office: Office, proofs: tuple[EntryProof, ...]) -> None:
        """No text in which a bit was flipped proves anything."""
        head, dice = office.ledger.head(), random.Random(5)  # noqa: S311 - no secret
        for proof in proofs:
            data = proof.to_json().encode()
            for _ in range(400):
                at = dice.randrange(len(data))
                changed = data[:at] + bytes((data[at] ^ 1 << dice.randrange(8),)) + data[at + 1 :]
                with pytest.raises((ProofError, ValueError)):
                    EntryProof.from_json(changed.decode()).check(head)

    @pytest.mark.parametrize(
        ("entry", "says"),
        [
            ((b"x" * 12, 65_535, 2**31, bytes(8), 1, 2), "no ledger makes such a proof"),
            ((b"x" * 12, 0, 5, bytes(8), -(2**62), 2), "no ledger makes such a proof"),
            ((b"x" * 12, 0, 5, bytes(8), 1, 2**62), "no ledger makes such a proof"),
        ],
    )
    def test_entries_that_say_what_cannot_be(self, entry: tuple[Any, ...], says: str) -> None:
        """An office that logs nonsense can prove none: the check does not fall over it."""
        told = '{"salt":"%s","by":"a","why":"b","codes":1}' % ("00" * 16)
        proof = EntryProof(
            line=1,
            at=0,
            action="issued",
            facts=told,
            entry=bytes(16) + _merkle.ISSUED.pack(*entry),
            index=0,
            path=(),
            previous=bytes(32),
            later=(),
        )
        with pytest.raises(ProofError, match=says):
            proof.check(Head(1, bytes(32)))


def test_is_about_this_key(office: Office) -> None:
    """The key of the proof is the one that signed the code, by which the registry knows the office."""
    (code,) = office.issue()
    told = office.ledger.prove(code.cti)[0].check(office.ledger.head())
    assert told.kid == KEY.public_key.kid
    assert isinstance(KEY.public_key, PublicKey)
    assert isinstance(told.place, StatusPlace)
