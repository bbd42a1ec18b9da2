"""A ledger in PostgreSQL whose last commits are lost, and that is put in order (spec/status.md; ISS-9.6)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from command_line import runner
from forging import DAY, ISSUER, KEY
from healthpass import Color, HealthCode, Issuer, RowError, SigningKey
from healthpass.ledger import Head, LedgerError, WentBackError, compare, publish
from healthpass.ledger._folder import Marked
from healthpass.ledger.postgres import PostgresLedger
from postgres import Postgres

BASE: Final = "https://status.example.cn/hz"
STATUS_KEY: Final = SigningKey.generate()
WHO: Final[dict[str, Any]] = {"by": "officer 4", "why": "the server failed"}
GREEN: Final = HealthCode(color=Color.GREEN)


class Lost:
    """An office, and a server that took over and lacks what the office did last."""

    def __init__(self, server: Postgres) -> None:
        self.first = PostgresLedger.create(address := server.database(), ISSUER)
        self.known = self.issue(self.first, 30)
        self.run(self.first, "begun before", ["a"])
        self.lists = publish(self.first, BASE, STATUS_KEY, lifetime=DAY)
        self.first.close()
        later = server.database()
        name, copied = (one.partition("?")[0].rpartition("/")[2] for one in (address, later))
        server.sql(f"DROP DATABASE {copied}")
        server.sql(f"CREATE DATABASE {copied} TEMPLATE {name}")
        self.first = PostgresLedger(address)
        self.lost = self.issue(self.first, 30)
        self.first.revoke_many([self.known[0].cti, self.lost[0].cti], **WHO)
        self.run(self.first, "begun before", ["b"])
        (self.of_run,) = self.run(self.first, "begun after", ["c"])
        self.newer = publish(self.first, BASE, STATUS_KEY, lifetime=DAY)
        self.first.close()
        self.ledger = PostgresLedger(later)

    def issuer(self, ledger: PostgresLedger) -> Issuer:
        """Give the office."""
        return Issuer(ISSUER, signer=KEY, lifetime=DAY, ledger=ledger)

    def issue(self, ledger: PostgresLedger, count: int) -> list[Any]:
        """Issue codes."""
        return self.issuer(ledger).issue_many([GREEN] * count, by="programme", why="negative test")

    def run(self, ledger: PostgresLedger, run: str, refs: list[str]) -> list[Any]:
        """Issue the codes of a run."""
        at = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        made = self.issuer(ledger).begin_run(run, at=at, by="programme", why="the night")
        issued = made.issue([(ref, GREEN) for ref in refs])
        assert not any(isinstance(one, RowError) for one in issued)
        return issued


@pytest.fixture
def lost(postgres: Postgres) -> Iterator[Lost]:
    """Give an office whose server failed."""
    made = Lost(postgres)
    yield made
    made.ledger.close()


class TestRecovering:
    def test_is_needed(self, lost: Lost) -> None:
        """The lists that were published last say more than the ledger does."""
        assert compare(lost.ledger, lost.newer.values(), keys=[STATUS_KEY.public_key]).says_more

    def test_shows_what_was_published(self, lost: Lost) -> None:
        """What was withdrawn and lost is shown as withdrawn again, also where the code is not known."""
        done = lost.ledger.recover(**WHO, published=lost.newer.values(), keys=[STATUS_KEY.public_key])
        assert (done.withdrawn, done.carried, done.lost) == (1, 1, None)
        for code in (lost.known[0], lost.lost[0]):
            place = code.health.status
            bits = lost.ledger.bitmap(place.list)
            assert bits[place.index >> 3] >> (place.index & 7) & 1
        assert not compare(lost.ledger, lost.newer.values(), keys=[STATUS_KEY.public_key]).says_more
        publish(lost.ledger, BASE, STATUS_KEY, lifetime=DAY)
        assert lost.ledger.verify_chain() == lost.ledger.head()

    def test_gives_no_place_twice(self, lost: Lost) -> None:
        """Codes get their places in lists in which nobody has one."""
        taken = lost.ledger.take()
        done = lost.ledger.recover(**WHO, published=lost.newer.values(), keys=[STATUS_KEY.public_key])
        fresh = {code.health.status for code in lost.issue(lost.ledger, 2_000)}
        assert not fresh & {taken, *(code.health.status for code in lost.lost)}
        assert min(place.list for place in fresh) == done.first_list

    def test_ends_runs(self, lost: Lost) -> None:
        """A run that was begun before is refused; one of which nothing is known gives no cti twice (ISS-9.6)."""
        lost.ledger.recover(**WHO, published=lost.newer.values(), keys=[STATUS_KEY.public_key])
        with pytest.raises(LedgerError, match="begun before the ledger was restored"):
            lost.run(lost.ledger, "begun before", ["b"])
        (again,) = lost.run(lost.ledger, "begun after", ["c"])
        assert again.cti != lost.of_run.cti

    def test_needs_evidence(self, lost: Lost) -> None:
        """Without lists, somebody has to say that there are none; lists of another key are none."""
        with pytest.raises(LedgerError, match="give the lists that were published last"):
            lost.ledger.recover(**WHO)
        with pytest.raises(LedgerError, match="public key of that one was not given"):
            lost.ledger.recover(**WHO, published=lost.newer.values(), keys=[KEY.public_key])
        assert lost.ledger.recover(**WHO, without_evidence=True).first_list > 60

    def test_lets_a_process_go_on_that_saw_more(self, lost: Lost) -> None:
        """Who has seen what is lost changes nothing, puts it in order, and goes on."""
        number, digest = lost.ledger.head()
        lost.ledger._database._seen = Marked(Head(number + 5, digest[::-1]), 1)
        with pytest.raises(WentBackError, match="went back: line"):
            lost.ledger.revoke(lost.known[1].cti, **WHO)
        lost.ledger.recover(**WHO, without_evidence=True, longest=timedelta(days=30))
        assert lost.issue(lost.ledger, 3)


class TestCommand:
    def test_puts_in_order(
        self, lost: Lost, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The command says what it did; without evidence, or of a folder, it does nothing."""
        run = runner(capsys, monkeypatch)
        address = lost.ledger._database._url
        for number, data in lost.newer.items():
            (tmp_path / f"{number}.cbor").write_bytes(data)
        (tmp_path / "status.pub.pem").write_text(STATUS_KEY.public_key.to_pem())
        words = ["--by", "engineer 4", "--why", "fail-over"]
        assert run("status", "recover", address, *words).code == 3
        assert run("status", "recover", str(tmp_path / "ledger"), *words).code == 2
        told = ["--published", str(tmp_path), "--status-key", str(tmp_path / "status.pub.pem")]
        done = run("status", "recover", address, *words, *told)
        assert done.code == 0, done.err
        assert "is in order: 1 codes and 1 entries are shown as withdrawn again" in done.out
