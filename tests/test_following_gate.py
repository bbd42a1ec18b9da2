"""The gate of docs/examples that follows addresses: its store is updated by a timer, and it judges meanwhile."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("httpx")

from following_gate import FollowingGate, line_of, main
from healthpass import Color, HealthCode, Issuer
from healthpass.health import Level
from healthpass.ledger import publish
from test_fetch import Server, served
from trusted_office import ADDRESS, DAY, OFFICE, Office

SOON = timedelta(milliseconds=20)
PATIENCE = 60  # seconds


class World:
    """An office, the addresses of what is published, and a gate's store, which holds the registry alone."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.office = Office(folder)
        self.store = folder / "trust"
        self.lists = b""
        self.sources = [f"http://127.0.0.1:{server.server_port}/lists.cbor"]
        self.issuer = Issuer(OFFICE, signer=self.office.key, lifetime=DAY, ledger=self.office.ledger)
        server.answer = lambda handler: handler.reply(self.lists, 200 if self.lists else 503)

    def publish(self) -> None:
        """Put the lists on the web."""
        self.lists = b"".join(publish(self.office.ledger, ADDRESS, self.office.status_key, lifetime=DAY).values())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a world, whose server runs."""
    with served(Server()) as server:
        made = World(tmp_path, server)
        with made.office.ledger:
            yield made


class Watch:
    """Waits for an update after which something holds."""

    def __init__(self) -> None:
        self._told = threading.Condition()

    def __call__(self, _: object) -> None:
        """Note an update."""
        with self._told:
            self._told.notify_all()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        with self._told:
            assert self._told.wait_for(holds, PATIENCE)


class TestFollowingGate:
    def test_follows_what_is_published(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        """A gate learns of lists and of withdrawals by itself, and an address that fails costs it nothing."""
        code = world.issuer.issue(HealthCode(color=Color.GREEN), by="officer 17", why="declaration")
        watch = Watch()
        with FollowingGate(world.store, world.sources, every=SOON, told=watch) as gate:
            watch.until(lambda: "503" in caplog.text)
            assert gate.judge(code.text).verdict == "status-unknown"
            assert gate.health().level is Level.WARNING  # no list is held
            world.publish()
            watch.until(lambda: gate.judge(code.text).verdict == "valid")
            assert gate.health().level is Level.OK
            world.office.ledger.revoke(code.cti, by="officer 17", why="positive")
            world.publish()
            watch.until(lambda: gate.judge(code.text).verdict == "revoked")

    def test_outlives_its_store(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        """A store that cannot be opened is told of, and the timer goes on."""
        watch = Watch()
        with FollowingGate(world.store, world.sources, every=SOON, told=watch) as gate:
            (world.store / "trust.json").rename(world.store / "away")
            watch.until(lambda: "the store cannot be opened" in caplog.text)
            assert gate.health().level is Level.CRITICAL
            (world.store / "away").rename(world.store / "trust.json")
            world.publish()
            watch.until(lambda: gate.health().level is Level.OK)

    def test_program(
        self, world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        """The program answers each line, and says what needs a person."""
        code = world.issuer.issue(HealthCode(color=Color.GREEN), by="officer 17", why="declaration")

        def lines() -> Iterator[str]:
            while "no status list" not in caplog.text:
                threading.Event().wait(0.01)
            yield f"{code.text}\n"
            yield "nothing\n"

        with caplog.at_level(logging.WARNING):
            main([str(world.store), *world.sources, "--every", "0.02"], lines())
        first, second = capsys.readouterr().out.splitlines()
        assert first.startswith("? 无法确认")
        assert second.startswith("✗ 未识别")

    def test_a_line(self, world: World) -> None:
        """What a guard sees of a valid code is its colour."""
        world.publish()
        world.office.store.update(world.lists)
        code = world.issuer.issue(HealthCode(color=Color.GREEN), by="officer 17", why="declaration")
        gate = FollowingGate(world.store, [])
        gate.update()
        assert line_of(gate.judge(code.text)) == "● 绿码"
