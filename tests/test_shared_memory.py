"""The memory of docs/examples that several processes share: what passes once passes at one of them."""

import sqlite3
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from healthpass import (
    Color,
    EnrolmentError,
    HealthCode,
    HolderKey,
    Issuer,
    Registry,
    SigningKey,
    Verifier,
    present,
    prove,
)
from shared_memory import OF_ONE, OPEN, REMEMBERED_FOR, SharedEnrolment, SharedFile, SharedReplays

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def show(path: Path, presentation: bytes) -> bool:
    """Show a presentation at a process."""
    return SharedReplays(SharedFile(path)).remember(presentation, b"code", NOW)


class TestSharedReplays:
    def test_processes_share_it(self, tmp_path: Path) -> None:
        """Of several processes that see a presentation, one accepts it."""
        path = tmp_path / "replays"
        with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as workers:
            for presentation in (b"one", b"two", b"three"):
                answers = list(workers.map(show, [path] * 4, [presentation] * 4))
                assert sorted(answers) == [False, False, False, True]

    def test_threads_share_it(self, tmp_path: Path) -> None:
        """Of several threads too."""
        replays = SharedReplays(SharedFile(tmp_path / "replays"))
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: replays.remember(b"one", b"code", NOW), range(8)))
        assert answers.count(True) == 1

    def test_a_gate_takes_it(self, tmp_path: Path) -> None:
        """Two verifiers with one memory are one gate."""
        key, device = SigningKey.generate(), HolderKey.generate()
        issuer = Issuer("CN-33-01.WJW", signer=key, lifetime=timedelta(hours=1))
        shown = present(issuer.issue(HealthCode(color=Color.GREEN), holder_key=device.public_key).text, device)
        registry = Registry.pinned({"CN-33-01.WJW": [key.public_key]})
        one, other = (Verifier(registry, replay=SharedReplays(SharedFile(tmp_path / "replays"))) for _ in range(2))
        assert one.judge(shown).verdict == "valid"
        assert other.judge(shown).verdict == "presentation-stale"

    def test_forgets(self, tmp_path: Path) -> None:
        """It holds what can still be accepted, and of one credential a share."""
        replays = SharedReplays(SharedFile(tmp_path / "replays"))
        for number in range(OF_ONE + 1):
            assert replays.remember(b"%d" % number, b"code", NOW)
        assert replays.remember(b"0", b"code", NOW)  # the oldest of its credential went
        assert not replays.remember(b"8", b"code", NOW)
        assert replays.remember(b"another's", b"another", NOW)
        assert not replays.remember(b"another's", b"another", NOW + timedelta(seconds=REMEMBERED_FOR))
        assert replays.remember(b"another's", b"another", NOW + timedelta(seconds=REMEMBERED_FOR + 1))

    def test_fails_closed(self, tmp_path: Path) -> None:
        """A memory that is broken accepts nothing, and only its owner can read it."""
        path = tmp_path / "replays"
        replays = SharedReplays(SharedFile(path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.write_bytes(b"this is no database, and has been put here by somebody else" * 20)
        with pytest.raises(sqlite3.DatabaseError):
            replays.remember(b"one", b"code", NOW)


class TestSharedEnrolment:
    def test_workers_share_challenges(self, tmp_path: Path) -> None:
        """A proof is good at whichever worker, once."""
        office = "CN-33-01.WJW"
        one, other = (SharedEnrolment(SharedFile(tmp_path / "shared"), office) for _ in range(2))
        phone = HolderKey.generate()
        proof = prove(one.challenge(), phone, issuer=office)
        another = one.challenge()
        with pytest.raises(EnrolmentError):
            other.check(proof, challenge=another)
        assert other.check(proof) == phone.public_key
        for worker in (one, other):
            with pytest.raises(EnrolmentError):
                worker.check(proof)

    def test_the_oldest_goes(self, tmp_path: Path) -> None:
        """No more than so many challenges wait, and each for ten minutes."""
        office = "CN-33-01.WJW"
        file = SharedFile(tmp_path / "shared")
        enrolment = SharedEnrolment(file, office)
        phone = HolderKey.generate()
        first, *_, last = [enrolment.challenge() for _ in range(OPEN + 1)]
        with pytest.raises(EnrolmentError):
            enrolment.check(prove(first, phone, issuer=office))
        with file.opened() as db:
            db.execute("UPDATE challenges SET ends = ends - 600")
        with pytest.raises(EnrolmentError):
            enrolment.check(prove(last, phone, issuer=office))
