"""The contract on the log: who did what, when and why, and what a head that was kept shows (STI-6)."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from healthpass.codec._keys import SigningKey
from healthpass.ledger._errors import LedgerError, ProofError, UnknownCodeError
from healthpass.ledger._history import Head
from healthpass.ledger._proof import EntryProof
from healthpass.ledger._selecting import Selection
from healthpass.ledger.contract._desk import DAY, HOUR, KID, SECOND, WHO, Desk, Ledgers, ctis_of, only


class LogContract(Ledgers):
    """The log tells what was done, and whoever kept a head can check it (STI-6)."""

    def test_history_tells_who_did_what_and_why(self, desk: Desk) -> None:
        """An appeal sees who set the colour, who withdrew the code, when, and on what ground."""
        code, new = desk.issue(2)
        desk.ledger.revoke(code.cti, by="officer 3", why="检测阳性", at=desk.now + SECOND)
        desk.ledger.correct(code.cti, new=new.cti, by="appeals", why='a "swap" of 5 %', at=desk.now + HOUR)
        for ledger in (desk.ledger, desk.other()):
            history = ledger.history(code.cti)
            assert [(told.action, told.by, told.why) for told in history] == [
                ("issued", "officer 17", "close contact"),
                ("revoked", "officer 3", "检测阳性"),
                ("corrected", "appeals", 'a "swap" of 5 %'),
            ]
            issued, revoked, corrected = history
            assert [told.at for told in (revoked, corrected)] == [desk.now + SECOND, desk.now + HOUR]
            assert desk.now - timedelta(minutes=1) <= issued.at <= datetime.now(UTC) + timedelta(minutes=1)
            assert [told.codes for told in history] == [2, 1, 1]
            assert {told.cti for told in history} == {code.cti}
            assert issued.line < revoked.line < corrected.line
            assert (issued.place, issued.kid, issued.new) == (code.place, KID, None)
            assert (issued.issued_at, issued.expires_at) == (desk.now, desk.now + DAY)
            assert (revoked.place, revoked.new, corrected.new) == (None, None, new.cti)

    def test_history_of_an_unknown_code(self, desk: Desk) -> None:
        """Of a code that the ledger does not know nothing is told, and nothing proven."""
        desk.issue()
        for told in (desk.ledger.history, desk.ledger.prove):
            with pytest.raises(UnknownCodeError):
                told(bytes(12))
            with pytest.raises(ValueError, match=r".*"):
                told(bytes(11))

    def test_history_refuses_times_without_a_zone(self, desk: Desk) -> None:
        """A time without a time zone is the caller's mistake, and nothing is done."""
        wrong, right = desk.issue(2)
        head, naive = desk.ledger.head(), datetime(2026, 1, 1)  # noqa: DTZ001 - on purpose
        for do in (
            lambda: desk.ledger.revoke(wrong.cti, at=naive, **WHO),
            lambda: desk.ledger.correct(wrong.cti, new=right.cti, at=naive, **WHO),
            lambda: desk.ledger.forget(at=naive),
            lambda: desk.ledger.bitmap(0, at=naive),
            lambda: desk.ledger.issue_lists(kid=KID, at=naive, lifetime=DAY),
        ):
            with pytest.raises(ValueError, match=r".*"):
                do()
        assert desk.ledger.head() == head

    def test_head_moves_with_each_action(self, desk: Desk) -> None:
        """Each action is a line of the log, and what only reads is none; all workers see the same head."""
        heads = [desk.ledger.head()]
        codes = desk.issue(3)
        for do in (
            lambda: None,
            lambda: desk.ledger.revoke(codes[0].cti, **WHO),
            lambda: desk.ledger.revoke_many(ctis_of(codes[1:2]), **WHO),
            lambda: desk.ledger.correct(codes[0].cti, new=codes[2].cti, **WHO),
            lambda: desk.ledger.issue_lists(kid=KID, at=desk.now, lifetime=DAY),
            lambda: desk.issue(expires_at=desk.now - 30 * DAY),
            lambda: desk.ledger.forget(at=desk.now),
        ):
            do()
            head = desk.ledger.head()
            assert head.number > heads[-1].number, "an action without a line of the log"
            assert head.hash not in {one.hash for one in heads}
            desk.chosen(), desk.shown(), desk.ledger.history(codes[0].cti), desk.ledger.rehearse(Selection())
            desk.ledger.give_back(desk.ledger.take())
            assert desk.ledger.head() == desk.other().head() == head
            heads.append(head)
        assert all(Head.parse(str(head)) == head for head in heads)
        desk.reopen()
        assert desk.ledger.head() == heads[-1]
        assert desk.ledger.verify_chain(*heads) == heads[-1]

    def test_chain_goes_on_from_heads_that_were_kept(self, desk: Desk) -> None:
        """A head that the log never had, or has no longer, shows that it was cut off or written anew."""
        desk.issue(2)
        kept = desk.ledger.head()
        desk.issue(2)
        last = desk.ledger.head()
        assert desk.ledger.verify_chain() == desk.ledger.verify_chain(kept) == last
        with closing(desk.another()) as anew:
            anew.issue(2)
            anew.issue(2)
            wrong = [
                anew.ledger.head(),
                Head(last.number, kept.hash),
                Head(kept.number, last.hash),
                Head(last.number + 1, last.hash),
                Head(last.number + 1000, bytes(32)),
            ]
            for head in wrong:
                for heads in ([head], [kept, head], [head, last]):
                    with pytest.raises(LedgerError):
                        desk.ledger.verify_chain(*heads)
            assert anew.ledger.verify_chain(wrong[0]) == wrong[0]
            with pytest.raises(TypeError):
                desk.ledger.verify_chain(str(kept))  # type: ignore[arg-type]

    def test_proof_tells_what_history_tells(self, desk: Desk) -> None:
        """Whoever holds the head alone learns each action: who, when and on what ground; of no other code."""
        before, codes = desk.issue(3, by="officer 1"), desk.issue(7, why="张贴：阴性")
        desk.ledger.revoke_many(ctis_of(codes[:2]), **WHO)
        desk.ledger.correct(codes[0].cti, new=codes[6].cti, by="appeals", why="appeal 2026-118")
        desk.issue(2)
        head = desk.ledger.head()
        for ledger in (desk.ledger, desk.other()):
            texts = [proof.to_json() for proof in ledger.prove(codes[0].cti)]
            told = tuple(EntryProof.from_json(text).check(head) for text in texts)
            assert told == ledger.history(codes[0].cti)
            assert [action.action for action in told] == ["issued", "revoked", "corrected"]
            hidden = [cti.hex() for cti in ctis_of([*before, *codes[1:6]])]
            assert not [cti for cti in hidden if cti in "".join(texts)]
            assert not [text for text in texts if "officer 1\\" in text or '"officer 1"' in text]

    def test_proof_of_each_code_of_a_batch(self, desk: Desk) -> None:
        """Each entry of a batch of any size can be proven, with a device key and without."""
        for size in (1, 2, 3, 5, 8, 13):
            codes = [desk.code() for _ in range(size)]
            codes[0] = replace(codes[0], holder_key=SigningKey.generate().public_key)
            desk.ledger.record(codes)
            head = desk.ledger.head()
            for code in codes:
                proof = only(desk.ledger.prove(code.cti))
                told = proof.check(head)
                assert (told.cti, told.place, told.codes) == (code.cti, code.place, size)

    def test_proof_by_each_head_that_was_kept(self, desk: Desk) -> None:
        """A proof is checked by each head from that of its own line on; what came after a head is not in it."""
        early = desk.ledger.head()
        (code,) = desk.issue()
        heads: list[Head] = [desk.ledger.head()]
        for _ in range(2):
            desk.issue()
            heads.append(desk.ledger.head())
        proof = only(desk.ledger.prove(code.cti))
        assert {proof.check(head).cti for head in heads} == {code.cti}
        desk.ledger.revoke(code.cti, **WHO)
        proof = only(desk.ledger.prove(code.cti, head=heads[1]))
        assert proof.check(heads[1]).action == "issued"
        with pytest.raises(ProofError):
            proof.check(desk.ledger.head())
        assert len(desk.ledger.prove(code.cti)) == 2
        other: list[Any] = [early, Head(heads[0].number, bytes(32)), Head(heads[-1].number + 9, bytes(32))]
        for head in other:
            with pytest.raises(LedgerError):
                desk.ledger.prove(code.cti, head=head)
