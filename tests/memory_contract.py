"""What each memory of a gate or an office promises: the one of a process, the file and the database."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from textwrap import dedent
from threading import Barrier as ThreadBarrier
from typing import Any, Protocol

import pytest

from healthpass import (
    Challenge,
    ChallengeError,
    Color,
    Enrolment,
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
from healthpass.shared import open_memory

OFFICE = "CN-33-01.WJW"
OF_ONE = 8
SHOWN = 40  # presentations in a race of processes


class Memory(Protocol):
    """A `Replays` that is a `Challenges` too."""

    def remember(self, presentation: bytes, credential: bytes, at: datetime) -> bool:
        """Remember a presentation."""

    def keep(self, challenge: str, at: datetime, lifetime: timedelta) -> None:
        """Remember a challenge."""

    def take(self, challenge: str, at: datetime) -> bool:
        """Take a challenge away."""


class MemoryContract:
    """The promises. A class of tests says how a memory is made, and how time passes for it."""

    KEPT = 90  # seconds that a presentation is remembered
    waited = timedelta()

    def make(self, capacity: int = 1000) -> Memory:
        """Make a memory, which `open` opens from then on."""
        raise NotImplementedError

    def open(self) -> Memory:
        """Open the memory that was made."""
        raise NotImplementedError

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.waited += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.waited

    def shown(self, memory: Memory, number: int, credential: bytes = b"code") -> bool:
        """Show a presentation."""
        return memory.remember(b"presentation %d" % number, credential, self.now())

    def at_once(self, call: Any, count: int = 8) -> list[Any]:
        """Call something from many threads at the same moment."""
        start = ThreadBarrier(count)
        with ThreadPoolExecutor(count) as threads:
            return list(threads.map(lambda number: (start.wait(), call(number))[1], range(count)))

    def test_a_presentation_passes_once(self) -> None:
        """What was shown is known, also under the name of another credential, and what was not is new."""
        memory = self.make()
        assert self.shown(memory, 1)
        assert not self.shown(memory, 1)
        assert not self.shown(memory, 1, b"another")
        assert self.shown(memory, 2)
        assert not self.shown(self.open(), 2)

    def test_of_many_threads_one_passes(self) -> None:
        """Of many threads that show one presentation at once, one passes."""
        memory = self.make()
        for number in range(5):
            assert sum(self.at_once(lambda _, number=number: self.shown(memory, number))) == 1

    def test_is_forgotten_in_time(self) -> None:
        """What has passed is known as long as it could be shown again, and no longer."""
        memory = self.make()
        assert self.shown(memory, 1)
        self.wait(self.KEPT - 5)
        assert not self.shown(memory, 1)
        self.wait(10)
        assert self.shown(memory, 2)
        assert self.shown(memory, 1)

    def test_one_credential_crowds_out_no_other(self) -> None:
        """Of one credential the last eight are known; showing more of it makes nobody forget those of others."""
        memory = self.make(capacity=30)
        assert self.shown(memory, 0, b"another")
        for number in range(1, 60):
            assert self.shown(memory, number)
        self.wait(2)
        for number in range(60, 60 + OF_ONE):
            assert self.shown(memory, number)
        assert not any(self.shown(memory, number) for number in (0, *range(60, 60 + OF_ONE)))
        assert self.shown(memory, 59)

    def test_is_bounded(self) -> None:
        """When more have passed than there is room for, the oldest goes."""
        memory = self.make(capacity=20)
        for number in range(30):
            assert self.shown(memory, number, b"code %d" % number)
        self.wait(2)
        assert self.shown(memory, 30, b"code 30")
        assert not self.shown(memory, 30)
        assert not self.shown(memory, 12)
        assert self.shown(memory, 5)
        for number in range(30):
            memory.keep(f"challenge {number}", self.now(), timedelta(seconds=60))
        self.wait(2)
        memory.keep("challenge 30", self.now(), timedelta(seconds=60))
        assert [number for number in range(31) if memory.take(f"challenge {number}", self.now())] == [
            *range(11, 31)
        ]

    def test_a_challenge_is_answered_once(self) -> None:
        """A challenge that was kept is taken once, wherever; one that was not is none."""
        memory = self.make()
        memory.keep("one", self.now(), timedelta(seconds=60))
        memory.keep("other", self.now(), timedelta(seconds=60))
        assert not memory.take("nobody's", self.now())
        assert self.open().take("one", self.now())
        assert not memory.take("one", self.now())
        assert sum(self.at_once(lambda _: memory.take("other", self.now()))) == 1

    def test_a_challenge_ends(self) -> None:
        """A challenge can be taken until its time is over."""
        memory = self.make()
        for challenge in ("one", "other"):
            memory.keep(challenge, self.now(), timedelta(seconds=60))
        self.wait(50)
        assert memory.take("one", self.now())
        self.wait(15)
        assert not memory.take("other", self.now())

    def test_gates_and_offices_take_it(self) -> None:
        """Two verifiers with one memory are one gate, and two enrolments one office."""
        key, phone = SigningKey.generate(), HolderKey.generate()
        self.make()
        one, other = self.open(), self.open()
        issuer = Issuer(OFFICE, signer=key, lifetime=timedelta(hours=1))
        offices = [Enrolment(OFFICE, challenges=memory) for memory in (one, other)]
        proof = prove(offices[0].challenge(at=self.now()), phone, issuer=OFFICE)
        public = offices[1].check(proof, at=self.now())
        for office in offices:
            with pytest.raises(EnrolmentError):
                office.check(proof, at=self.now())
        code = issuer.issue(HealthCode(color=Color.GREEN), holder_key=public, at=self.now()).text
        registry = Registry.pinned({OFFICE: [key.public_key]})
        challenge = Challenge(at=self.now(), challenges=one)
        answer = present(code, phone, at=self.now(), nonce=Challenge.read(challenge.text))
        nonce = Challenge.take_shown(challenge.text, other, at=self.now())
        with pytest.raises(ChallengeError):
            challenge.take(at=self.now())
        gates = [Verifier(registry, replay=memory) for memory in (one, other)]
        verdicts = [gate.judge(answer, nonce=nonce, at=self.now()).verdict for gate in gates]
        assert verdicts == ["valid", "presentation-stale"]


def race(where: str, start: Barrier, results: Any) -> None:
    """Show presentations, and take challenges, at the same moments as other processes."""
    memory = open_memory(where)
    passed = []
    for number in range(SHOWN):
        start.wait()
        at = datetime.now(UTC)
        new = memory.remember(b"raced %d" % number, b"code %d" % (number // 4), at)
        passed.append((new, memory.take(f"raced {number}", at)))
    results.put(passed)


class SharedContract(MemoryContract):
    """What a memory of several processes promises besides."""

    def where(self) -> str:
        """Return where the memory is that was made."""
        raise NotImplementedError

    def test_of_many_processes_one_passes(self) -> None:
        """Of eight processes that show one presentation at once one passes, and one takes a challenge."""
        memory = self.make()
        for number in range(SHOWN):
            memory.keep(f"raced {number}", datetime.now(UTC), timedelta(seconds=60))
        context: Any = get_context("forkserver" if hasattr(os, "fork") else "spawn")
        context.set_forkserver_preload([race.__module__])  # imported once, and not by each
        start, results = context.Barrier(8), context.Queue()
        processes = [context.Process(target=race, args=(self.where(), start, results)) for _ in range(8)]
        for process in processes:
            process.start()
        answers = [results.get(timeout=120) for _ in processes]
        for process in processes:
            process.join()
        for number in range(SHOWN):
            assert sum(answer[number][0] for answer in answers) == 1
            assert sum(answer[number][1] for answer in answers) == 1

    def test_a_forked_process_uses_it(self) -> None:
        """A worker that was forked goes on with what its parent had opened, and leaves the parent's alone."""
        self.make()
        program = """
            import os, sys
            from datetime import UTC, datetime
            from healthpass.shared import open_memory

            memory = open_memory(sys.argv[1])
            show = lambda text: memory.remember(text, text, datetime.now(UTC))
            assert show(b"one")
            if not (child := os.fork()):
                os._exit(0 if show(b"two") and not show(b"one") else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert not show(b"two") and show(b"three")
        """
        subprocess.run([sys.executable, "-c", dedent(program), self.where()], check=True, timeout=60)
