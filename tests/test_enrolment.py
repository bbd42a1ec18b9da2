"""Enrolment of a device key: spec/presentation.md, section 12."""

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forging import DAY, GREEN, ISSUER, KEY, NOW, REGISTRY
from healthpass import (
    Challenge,
    ChallengeMemory,
    Enrolment,
    EnrolmentError,
    HolderKey,
    IssuerId,
    PublicKey,
    check_proof,
    issue,
    present,
    prove,
    verify,
)
from healthpass.codec import _text
from healthpass.presentation._enrolment import write_challenge
from healthpass.words._limits import PUBLISHED_KEYS

PHONE = HolderKey.from_seed(bytes(31) + b"\x07")
OTHER = "CN-31.WJW"


def bytes_of(text: str) -> bytes:
    """Return the bytes of a proof."""
    return _text.decode(text, _text.PROOF)[1]


def text_of(data: bytes) -> str:
    """Return the text of the bytes of a proof, right or wrong."""
    return _text.encode(_text.PROOF, data)


class TestEnrolment:
    def test_from_a_challenge_to_a_gate(self) -> None:
        """The key that a device has proved is put into a code, which that device shows and a gate accepts."""
        office = Enrolment(ISSUER)
        proof = prove(office.challenge(), PHONE, issuer=ISSUER)
        issued = issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW, holder_key=office.check(proof))
        shown = present(issued.text, PHONE, at=NOW)
        assert verify(shown, registry=REGISTRY, at=NOW).health == GREEN

    def test_one_proof_for_a_challenge(self) -> None:
        """A challenge is good for one key (ENR-2): neither the same proof nor another device's passes again."""
        office = Enrolment(ISSUER)
        challenge = office.challenge()
        first, second = (prove(challenge, key, issuer=ISSUER) for key in (PHONE, HolderKey.generate()))
        assert office.check(first) == PHONE.public_key
        for proof in (first, second):
            with pytest.raises(EnrolmentError, match="no challenge that is open"):
                office.check(proof)

    def test_a_proof_of_another_holder(self) -> None:
        """Where two holders wait, the proof of one enrols no key for the other, and takes neither's challenge."""
        office = Enrolment(ISSUER)
        mine, other = office.challenge(), office.challenge()
        proof = prove(mine, PHONE, issuer=ISSUER)
        with pytest.raises(EnrolmentError, match="another challenge"):
            office.check(proof, challenge=other)
        with pytest.raises(ValueError, match="not an office's challenge"):
            office.check(proof, challenge=proof)
        assert office.check(proof, challenge=mine) == PHONE.public_key

    def test_challenges_are_fresh(self) -> None:
        """Each challenge has a nonce of its own."""
        office = Enrolment(ISSUER)
        assert len({office.challenge() for _ in range(100)}) == 100

    @pytest.mark.parametrize(
        ("office", "seconds"), [(Enrolment(ISSUER), 600), (Enrolment(ISSUER, lifetime=timedelta(minutes=1)), 60)]
    )
    def test_not_for_long(self, office: Enrolment, seconds: int) -> None:
        """A challenge can be answered until its time is over, at most 600 seconds, and not in that second."""
        for late in (False, True):
            proof = prove(office.challenge(at=NOW), PHONE, issuer=ISSUER)
            at = NOW + timedelta(seconds=seconds - (not late))
            if late:
                with pytest.raises(EnrolmentError, match="expired"):
                    office.check(proof, at=at)
            else:
                assert office.check(proof, at=at) == PHONE.public_key

    def test_a_refused_proof_takes_nothing(self) -> None:
        """Whoever has seen a challenge, and has no key to prove, does not take it from the holder (ENR-6)."""
        office = Enrolment(ISSUER)
        proof = prove(office.challenge(), PHONE, issuer=ISSUER)
        data = bytearray(bytes_of(proof))
        data[-1] ^= 1
        with pytest.raises(EnrolmentError):
            office.check(text_of(bytes(data)))
        assert office.check(proof) == PHONE.public_key

    def test_another_office(self) -> None:
        """A device answers the office that its holder means; an office takes no proof that another asked for."""
        memory = ChallengeMemory()
        one, other = Enrolment(ISSUER, challenges=memory), Enrolment(OTHER, challenges=memory)
        with pytest.raises(ValueError, match="another office"):
            prove(other.challenge(), PHONE, issuer=ISSUER)
        challenge = other.challenge()
        proof = prove(challenge, PHONE, issuer=OTHER)
        with pytest.raises(EnrolmentError, match="did not sign it for this office"):
            one.check(proof)
        assert other.check(proof) == PHONE.public_key

    def test_what_a_gate_asks_is_no_challenge_of_an_office(self) -> None:
        """Where a gate and an office share what they remember, nobody enrols a phone with the gate's nonce."""
        memory = ChallengeMemory()
        shown = Challenge(challenges=memory)
        asked = write_challenge(Challenge.read(shown.text), IssuerId(ISSUER))
        with pytest.raises(EnrolmentError, match="no challenge that is open"):
            Enrolment(ISSUER, challenges=memory).check(prove(asked, PHONE, issuer=ISSUER))
        assert shown.take()

    def test_has_a_bound(self) -> None:
        """When more challenges wait than fit, the oldest goes, and nothing grows."""
        memory = ChallengeMemory(capacity=3)
        office = Enrolment(ISSUER, challenges=memory)
        proofs = [prove(office.challenge(), PHONE, issuer=ISSUER) for _ in range(5)]
        assert len(memory) == 3
        for proof in proofs[:2]:
            with pytest.raises(EnrolmentError):
                office.check(proof)
        assert office.check(proofs[2]) == PHONE.public_key

    def test_many_threads_take_a_challenge_once(self) -> None:
        """Of several requests with one challenge, one gets its key enrolled."""
        office = Enrolment(ISSUER)
        challenge = office.challenge()
        proofs = [prove(challenge, HolderKey.generate(), issuer=ISSUER) for _ in range(8)]
        start, taken = threading.Barrier(8), []

        def enrol(proof: str) -> None:
            start.wait()
            with suppress(EnrolmentError):
                taken.append(office.check(proof))

        threads = [threading.Thread(target=enrol, args=(proof,)) for proof in proofs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(taken) == 1

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"issuer_id": "Hangzhou"}, ValueError),
            ({"issuer_id": 33}, TypeError),
            ({"lifetime": 60}, TypeError),
            ({"lifetime": timedelta(0)}, ValueError),
            ({"lifetime": timedelta(seconds=601)}, ValueError),
            ({"challenges": {}}, TypeError),
        ],
    )
    def test_wrong_arguments(self, changes: dict[str, Any], error: type[Exception]) -> None:
        """What breaks ENR-2 is not made."""
        options: dict[str, Any] = {"issuer_id": ISSUER} | changes
        with pytest.raises(error):
            Enrolment(options.pop("issuer_id"), **options)


class TestProof:
    CHALLENGE = Enrolment(ISSUER).challenge()
    PROOF = prove(CHALLENGE, PHONE, issuer=ISSUER)

    def test_without_a_memory(self) -> None:
        """An office that keeps its challenges itself checks a proof against the one that it made."""
        assert check_proof(self.PROOF, self.CHALLENGE) == PHONE.public_key
        with pytest.raises(EnrolmentError, match="another challenge"):
            check_proof(self.PROOF, Enrolment(ISSUER).challenge())

    def test_is_nothing_else(self) -> None:
        """A proof is no credential, presentation or challenge, and none of these is a proof."""
        code = issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=DAY, at=NOW, holder_key=PHONE.public_key).text
        shown = present(code, PHONE, at=NOW)
        for text in (code, shown, self.CHALLENGE, "HPK1:" + shown[5:], "HPK1:" + code[4:], self.PROOF.lower()):
            with pytest.raises(EnrolmentError):
                check_proof(text, self.CHALLENGE)
        data = bytes_of(self.PROOF)
        signed = _text.decode(shown, _text.PRESENTATION)[1][-64:]
        with pytest.raises(EnrolmentError, match="did not sign"):
            check_proof(text_of(data[:-64] + signed), self.CHALLENGE)

    def test_every_flipped_bit(self) -> None:
        """No other bytes than those that the device made pass."""
        data = bytes_of(self.PROOF)
        for bit in range(len(data) * 8):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(EnrolmentError):
                check_proof(text_of(bytes(changed)), self.CHALLENGE)

    def test_every_length(self) -> None:
        """Nothing is missing at the end, and nothing follows."""
        data = bytes_of(self.PROOF)
        for size in range(len(data)):
            with pytest.raises(EnrolmentError):
                check_proof(text_of(data[:size]), self.CHALLENGE)
        for more in (b"\0", data):
            with pytest.raises(EnrolmentError):
                check_proof(text_of(data + more), self.CHALLENGE)

    def test_weak_and_published_keys(self) -> None:
        """A key that proves nothing is refused before its signature: of small order, or known to everybody."""
        data = bytes_of(self.PROOF)
        identity = b"\1" + bytes(31)
        for key in (identity, bytes(32), b"\xff" * 32, *PUBLISHED_KEYS):
            forged = data[:29] + key + data[61:63] + identity + bytes(32)
            with pytest.raises(EnrolmentError):
                check_proof(text_of(forged), self.CHALLENGE)

    @given(st.text(max_size=300) | st.binary(max_size=200).map(text_of))
    def test_any_text_is_refused(self, text: str) -> None:
        """Whatever a stranger sends is refused in one way."""
        with pytest.raises(EnrolmentError):
            check_proof(text, self.CHALLENGE)

    @given(
        st.text(max_size=100)
        | st.binary(max_size=80).map(lambda data: _text.encode(_text.ENROLMENT, data))
        | st.binary(max_size=60).map(lambda data: _text.encode(_text.ENROLMENT, b"\x82\x50" + data))
    )
    def test_any_challenge_is_refused_or_answered(self, text: str) -> None:
        """A device refuses whatever is not this office's challenge in one way, and signs nothing."""
        with pytest.raises(ValueError, match=r"not an office's challenge|not an issuer id|another office"):
            prove(text, PHONE, issuer=ISSUER)

    @given(st.binary(min_size=16, max_size=16))
    def test_any_nonce_is_answered(self, nonce: bytes) -> None:
        """A device answers every number, and the office finds its key."""
        name = ISSUER.encode()
        challenge = _text.encode(_text.ENROLMENT, b"\x82\x50" + nonce + bytes([0x60 + len(name)]) + name)
        assert check_proof(prove(challenge, PHONE, issuer=ISSUER), challenge) == PHONE.public_key

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            (lambda: prove(b"HPE1:", PHONE, issuer=ISSUER), TypeError),  # type: ignore[arg-type]
            (lambda: prove(TestProof.CHALLENGE, KEY, issuer=ISSUER), TypeError),  # type: ignore[arg-type]
            (lambda: prove(TestProof.CHALLENGE, PHONE, issuer="Hangzhou"), ValueError),
            (lambda: check_proof(b"HPK1:", TestProof.CHALLENGE), TypeError),  # type: ignore[arg-type]
            (lambda: check_proof(TestProof.PROOF, b"HPE1:"), TypeError),  # type: ignore[arg-type]
            (lambda: check_proof(TestProof.PROOF, "HPE1:"), ValueError),
        ],
    )
    def test_wrong_arguments(self, call: Any, error: type[Exception]) -> None:
        """Who calls it wrongly is told, and no proof comes of it."""
        with pytest.raises(error) as caught:
            call()
        assert not isinstance(caught.value, EnrolmentError)

    def test_the_result_is_a_key(self) -> None:
        """What comes out is a key that was checked, for `holder_key`."""
        assert isinstance(check_proof(self.PROOF, self.CHALLENGE), PublicKey)
