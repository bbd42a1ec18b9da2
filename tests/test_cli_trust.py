"""`healthpass trust`: pinning, updating, showing and explaining, and what hostile input cannot do."""

import errno
import io
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from authorities import FULL, SECONDS, Office, Region, contents, digest_of, flipped, key_of, signed
from command_line import PROGRAM, Ran, Run, in_folder, runner
from forging import AT, NOW
from healthpass import Color, HealthCode, Scope, SigningKey, StatusPlace, fetch
from healthpass.cli import main
from healthpass.cli.show import tree
from healthpass.codec._spelling import write_time
from healthpass.documents import _bundle
from healthpass.documents._document import Document, Kind
from healthpass.documents._status_list import parse as parse_list
from healthpass.store import TrustStore, _fetch, _offered
from healthpass.store import _folder as store_folder
from healthpass.words._limits import FORBIDDEN
from listing import BASE, INDEX, PLACED, STATUS_NUMBER, StatusOffice, add_office

TABLES = Path(__file__).parents[1] / "spec" / "tables"
TODAY = "2026-11-01T00:30:00Z"
STEERING = [(first, last) for first, last in FORBIDDEN if not first <= 0xD800 <= last]  # halves have no UTF-8
MONTHS_LATER = "2027-03-01T00:30:00Z"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Run the command line in a folder of its own, where all times are UTC."""
    with in_folder(tmp_path) as patched:
        yield runner(capsys, patched)


class World:
    """Zhejiang with an office, and Shanghai with an office, whom Zhejiang recognises."""

    def __init__(self) -> None:
        self.zhejiang = Region("CN-33")
        self.shanghai = Region("CN-31")
        self.hangzhou = self.zhejiang.office("CN-33-01.WJW")
        self.shanghai_office = self.shanghai.office("CN-31.WJW")
        self.zhejiang.recognise(self.shanghai)
        self.zhejiang.publish()
        self.shanghai.publish()

    @property
    def thumbprint(self) -> str:
        """The thumbprint of Zhejiang's root."""
        return self.zhejiang.pin.digest.hex()

    def bundle(self) -> bytes:
        """Return what Zhejiang publishes."""
        return self.zhejiang.bundle(self.shanghai)

    def store(self, path: str = "gate") -> TrustStore:
        """Make a store that trusts Zhejiang and has all news."""
        store = TrustStore.create(path)
        store.pin_document(self.zhejiang.roots[0], digest=self.zhejiang.pin.digest, at=NOW)
        store.update(self.bundle(), at=NOW)
        return store

    def recognised_by(self, name: str, scope: Scope = FULL) -> tuple[TrustStore, Region]:
        """Make a store with one more anchor, which recognises Shanghai, and return it with that anchor."""
        store, other = self.store(), Region(name)
        other.recognise(self.shanghai, scope)
        other.publish()
        store.pin_document(other.roots[0], digest=other.pin.digest, at=NOW)
        store.update(other.bundle(self.shanghai), at=NOW)
        return store, other


@pytest.fixture
def world() -> World:
    """Return a world of two regions."""
    return World()


def told_by(ran: Ran) -> str:
    """Return what a command has drawn, as if no line had been wrapped."""
    return " ".join(ran.out.replace("│", " ").split())


def write(path: str, data: bytes) -> str:
    """Write a file, and return its name."""
    Path(path).write_bytes(data)
    return path


def on_terminal(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    """Let somebody sit at a terminal who types this."""
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)


class TestPin:
    """`healthpass trust pin`."""

    def test_shows_the_root_and_pins_by_the_thumbprint(self, run: Run, world: World) -> None:
        """The root is told in words; with the whole thumbprint it is pinned, and the store is made."""
        root = write("root.cbor", world.zhejiang.roots[0])
        digits = world.thumbprint
        groups = " ".join(digits[place : place + 4] for place in range(0, 64, 4))
        ran = run("trust", "pin", "gate", root, "--thumbprint", groups.upper(), "--at", TODAY)
        assert (ran.code, ran.err) == (0, "")
        assert "2 of 3 must sign" in ran.out
        assert groups[:39] in ran.out
        assert groups[40:] in ran.out
        assert world.zhejiang.root_key(1).public_key.kid.hex() in ran.out
        assert ran.out.endswith("CN-33 root 1 is an anchor of gate now\n")
        assert dict(TrustStore.open("gate").anchors) == {"CN-33": world.zhejiang.pin}

    def test_pins_nothing_without_confirmation(self, run: Run, world: World) -> None:
        """Off a terminal and without a thumbprint nothing is pinned, and no store is made."""
        ran = run("trust", "pin", "gate", write("root.cbor", world.zhejiang.roots[0]), stdin=b"yes\n")
        assert ran.code == 2
        assert "NOT PINNED YET" in ran.out
        assert "hint: compare it" in ran.err
        assert not Path("gate").exists()

    @pytest.mark.parametrize(("typed", "code"), [("yes\n", 0), ("no\n", 1), ("y\n", 1), ("\n", 1), ("", 1)])
    def test_asks_on_a_terminal(
        self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
    ) -> None:
        """On a terminal, yes pins, and everything else does not."""
        del run  # for its folder
        on_terminal(monkeypatch, typed)
        assert main(["trust", "pin", "gate", write("root.cbor", world.zhejiang.roots[0]), "--at", TODAY]) == code
        assert Path("gate").exists() == (code == 0)

    def test_another_thumbprint(self, run: Run, world: World) -> None:
        """A root with another thumbprint than the one given is refused, and is not shown as if it were right."""
        root = write("root.cbor", world.zhejiang.roots[0])
        ran = run("trust", "pin", "gate", root, "--thumbprint", world.shanghai.pin.digest.hex())
        assert (ran.code, ran.out) == (1, "")
        assert "do not pin it" in ran.err
        assert not Path("gate").exists()

    @pytest.mark.parametrize("digits", ["", "ab", "0" * 63, "0" * 65, "g" * 64, "０" * 64])
    def test_a_part_of_a_thumbprint(self, run: Run, world: World, digits: str) -> None:
        """A thumbprint is all 64 digits, or wrong usage."""
        ran = run("trust", "pin", "gate", write("root.cbor", world.zhejiang.roots[0]), "--thumbprint", digits)
        assert (ran.code, ran.out) == (2, "")
        assert "64 hexadecimal digits" in ran.err

    def test_out_of_a_bundle(self, run: Run, world: World) -> None:
        """The thumbprint chooses among the roots of a bundle; without it, the only root is meant."""
        bundle = write("bundle.cbor", world.bundle())
        ran = run("trust", "pin", "gate", bundle)
        assert ran.code == 2
        assert "holds 2 roots" in ran.err
        assert run("trust", "pin", "gate", bundle, "--thumbprint", world.thumbprint, "--at", TODAY).code == 0
        alone = write("alone.cbor", world.shanghai.bundle())
        assert "nobody is here to confirm" in run("trust", "pin", "gate", alone).err

    def test_without_a_file(self, run: Run, world: World) -> None:
        """A root can be pinned by name; it then comes with an update."""
        pin = ("trust", "pin", "gate", "--authority", "CN-33", "--version", "1")
        assert run(*pin, "--thumbprint", world.thumbprint).code == 0
        assert run("trust", "update", "gate", write("b.cbor", world.bundle()), "--at", TODAY).code == 0

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("--authority", "CN-33"),
            ("--authority", "CN-33", "--version", "1"),
            ("--authority", "china", "--version", "1", "--thumbprint", "0" * 64),
            ("--authority", "CN-33", "--version", "0", "--thumbprint", "0" * 64),
            ("--authority", "CN-33", "root.cbor"),
            ("root.cbor", "--environment", "No Such"),
            ("root.cbor", "--at", "today"),
        ],
    )
    def test_wrong_usage(self, run: Run, world: World, arguments: tuple[str, ...]) -> None:
        """What does not go together is wrong usage, and makes no store."""
        write("root.cbor", world.zhejiang.roots[0])
        ran = run("trust", "pin", "gate", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert not Path("gate").exists()

    def test_of_another_environment(self, run: Run) -> None:
        """A root of a test is pinned in a store of tests alone."""
        region = Region("CN-33", environment="test")
        pin = ("trust", "pin", "gate", write("r.cbor", region.roots[0]), "--thumbprint", region.pin.digest.hex())
        ran = run(*pin, "--at", TODAY)
        assert (ran.code, ran.out) == (1, "")
        assert "hint: real codes are of 'production'" in ran.err
        assert run(*pin, "--environment", "test", "--at", TODAY).code == 0
        assert run(*pin, "--at", TODAY).code == 0  # the store is of that environment now
        assert run(*pin, "--environment", "production", "--at", TODAY).code == 1

    def test_a_root_that_its_own_keys_have_not_signed(self, run: Run, world: World) -> None:
        """Too few signatures, or one that does not verify, and nothing is shown or pinned."""
        root = world.zhejiang.roots[0]
        few = Region("CN-33", by=[key_of("root CN-33 1")], keep=True).roots[0]
        for data in (few, flipped(root, -1)):
            ran = run("trust", "pin", "gate", write("r.cbor", data), "--thumbprint", world.thumbprint)
            assert (ran.code, ran.out) == (1, "")
        assert not Path("gate").exists()

    def test_what_is_no_root(self, run: Run, world: World) -> None:
        """A registry, garbage and an empty file hold no root."""
        for data, code in ((world.zhejiang.registries[0], 2), (b"garbage", 1), (b"", 3)):
            ran = run("trust", "pin", "gate", write("r.cbor", data), "--thumbprint", world.thumbprint)
            assert (ran.code, ran.out) == (code, "")
            assert ran.err.startswith("healthpass: error: ")
        assert run("trust", "pin", "gate", "nothing.cbor").code == 3

    def test_another_root_is_told_before_it_is_pinned(self, run: Run, world: World) -> None:
        """That the chain begins anew is said before anybody confirms; what its keys signed goes on (UPD-6)."""
        world.store()
        before = Path("gate/trust.json").read_bytes()
        anew = Region("CN-33", root_keys=(4, 5, 6))
        ran = run("trust", "pin", "gate", write("r.cbor", anew.roots[0]), "--at", TODAY)
        assert ran.code == 2
        assert (
            f"! this store has CN-33 by another root ({world.thumbprint[:4]} {world.thumbprint[4:8]} " in ran.out
        )
        assert "what is held stays, and counts if this root's keys have signed it" in ran.out
        assert "confirm the thumbprint" in ran.err
        assert Path("gate/trust.json").read_bytes() == before
        ran = run("trust", "pin", "gate", write("r.cbor", Region("CN-44").roots[0]), "--at", TODAY)
        assert "NOT PINNED YET" in ran.out
        assert "another root" not in ran.out
        pin = ("trust", "pin", "gate", write("r.cbor", anew.roots[0]), "--thumbprint", anew.pin.digest.hex())
        assert run(*pin, "--at", TODAY).code == 0
        assert run("verify", "--trust", "gate", world.hangzhou.issue(), "--at", TODAY).code == 0

    def test_a_root_whose_keys_have_signed_nothing_here(self, run: Run, world: World) -> None:
        """Issuers that will not count until news comes are named, and somebody must agree."""
        world.store()
        anew = Region("CN-33", root_keys=(4, 5, 6))
        anew.rotate(registry_keys=(2,))
        pin = ("trust", "pin", "gate", write("r.cbor", anew.roots[-1]), "--thumbprint", anew.pin.digest.hex())
        by_name = ("--authority", "CN-33", "--version", "2", "--thumbprint", anew.pin.digest.hex())
        for command in (pin, ("trust", "pin", "gate", *by_name)):
            ran = run(*command, "--at", TODAY)
            assert ran.code == 2
            assert (
                "! 2 issuers will not count until a registry comes that this root's keys have signed:" in ran.out
            )
            assert "    CN-33 某卫生健康委员会 A health commission: its region, with 1 issuer\n" in ran.out
            assert ran.err == (
                "healthpass: error: nobody is here to agree to that, and nothing was pinned\n"
                "hint: --yes agrees to what is lost\n"
            )
            assert dict(TrustStore.open("gate").anchors) == {"CN-33": world.zhejiang.pin}
        assert run(*pin, "--at", TODAY, "--yes").code == 0
        judged = run("verify", "--trust", "gate", world.hangzhou.issue(), "--at", TODAY)
        assert judged.out.startswith("CANNOT JUDGE  registry-stale\n")

    def test_a_wider_anchor_beside_another(self, run: Run, world: World) -> None:
        """Whom the new anchor takes from the others is told by name, and what they keep; somebody must agree."""
        for number in range(9):
            world.shanghai.office(f"CN-31-15.A{number}")
        world.shanghai.publish()
        world.store()
        platform = Region("CN")
        root = write("cn.cbor", platform.roots[0])
        pin = ("trust", "pin", "gate", root, "--thumbprint", platform.pin.digest.hex(), "--at", TODAY)
        ran = run(*pin)
        assert ran.code == 2
        assert ran.out.endswith(
            "! CN will own every issuer id within CN: what other anchors say of these counts no more\n"
            "  10 issuers by way of other anchors will not count any more:\n"
            "    CN-33 → CN-31 CN-31 主管机关 Authority of CN-31: its region, with 10 issuers\n"
            + "".join(f"      CN-31-15.A{number} 某卫生健康委员会 A health commission\n" for number in range(8))
            + "      and 2 more\n"
            "! codes of 10 issuers are refused until CN lists them, or recognises who does\n"
            "  CN-33 某卫生健康委员会 A health commission keeps its region, with 1 issuer: "
            "of two anchors the more specific one owns an id\n"
        )
        assert "nobody is here to agree to that, and nothing was pinned" in ran.err
        assert list(TrustStore.open("gate").anchors) == ["CN-33"]
        assert run(*pin, "--yes").code == 0
        assert run("verify", "--trust", "gate", world.shanghai_office.issue(), "--at", TODAY).code == 1
        assert run("verify", "--trust", "gate", world.hangzhou.issue(), "--at", TODAY).code == 0
        again = run(*pin)
        assert (again.code, again.err) == (0, "")

    def test_what_takes_nothing_is_done_unasked(self, run: Run, world: World) -> None:
        """Who recognises the same authority as another anchor takes nothing from it."""
        world.store()
        other = Region("CN-44")
        pin = ("trust", "pin", "gate", write("r.cbor", other.roots[0]), "--thumbprint", other.pin.digest.hex())
        ran = run(*pin, "--at", TODAY)
        assert (ran.code, ran.err) == (0, "")
        assert "  other anchors lose nothing by it\n" in ran.out

    @pytest.mark.parametrize(("typed", "code"), [("yes\nyes\n", 0), ("yes\nno\n", 1), ("yes\n", 1), ("no\n", 1)])
    def test_asks_for_the_thumbprint_and_then_for_the_cost(
        self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
    ) -> None:
        """Each is a question of its own, on a terminal."""
        del run  # for its folder
        world.store()
        on_terminal(monkeypatch, typed)
        root = write("cn.cbor", Region("CN").roots[0])
        assert main(["trust", "pin", "gate", root, "--at", TODAY]) == code
        assert ("CN" in TrustStore.open("gate").anchors) == (code == 0)

    def test_again(self, run: Run, world: World) -> None:
        """The same root again is pinned already: there is nothing to compare or to confirm."""
        world.store()
        before = contents(Path("gate"))
        ran = run("trust", "pin", "gate", write("root.cbor", world.zhejiang.roots[0]), "--at", TODAY)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("already pinned\n")
        assert "another root" not in ran.out
        assert contents(Path("gate")) == before

    def test_what_is_given_for_a_root(self, run: Run, world: World) -> None:
        """A source, a folder, and status lists are called by their names; lists beside a root do no harm."""
        office = add_office(world.zhejiang, "CN-33-02.WJW")
        Path("folder").mkdir()
        for given, words in (
            (
                write("root.json", b'\n{"typ": "healthpass-root"}'),
                "is a source, and the signed document is needed",
            ),
            ("folder", "'folder' is a folder"),
            (write("lists.cbor", office.status_list()), "holds status lists and no root"),
        ):
            ran = run("trust", "pin", "gate", given)
            assert (ran.code, ran.out) == (2, "")
            assert words in ran.err
        both = write("both.cbor", world.zhejiang.roots[0] + office.status_list())
        assert run("trust", "pin", "gate", both, "--thumbprint", world.thumbprint, "--at", TODAY).code == 0

    def test_a_folder_that_is_no_store(self, run: Run, world: World) -> None:
        """A folder that holds anything else is not made a store."""
        Path("mine").mkdir()
        root = write("mine/root.cbor", world.zhejiang.roots[0])
        ran = run("trust", "pin", "mine", root, "--thumbprint", world.thumbprint, "--at", TODAY)
        assert ran.code == 3
        assert [path.name for path in Path("mine").iterdir()] == ["root.cbor"]

    def test_unpin(self, run: Run, world: World) -> None:
        """An anchor can be taken away; what is none is wrong usage."""
        world.store()
        assert run("trust", "unpin", "gate", "CN-31").code == 2
        assert run("trust", "unpin", "gate", "CN-33", "--at", TODAY).code == 2
        ran = run("trust", "unpin", "gate", "CN-33", "--yes", "--at", TODAY)
        assert (ran.code, ran.err) == (0, "")
        assert not TrustStore.open("gate").anchors
        assert "the anchors are: none" in run("trust", "unpin", "gate", "CN-33").err

    @pytest.mark.parametrize(("typed", "code"), [("yes\n", 0), ("no\n", 1), ("", 1)])
    def test_unpin_tells_what_is_lost_and_asks(
        self,
        run: Run,
        world: World,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        *,
        typed: str,
        code: int,
    ) -> None:
        """Issuers, authorities, what is known to be withdrawn and evidence; and by whom codes count then."""
        office = add_office(world.zhejiang, "CN-33-02.WJW")
        world.zhejiang.publish()
        store = world.store()
        store.update(office.status_list() + world.zhejiang.publish(expires=AT + 60, version=2, keep=False), at=NOW)
        platform = Region("CN-44")
        platform.recognise(world.shanghai)
        platform.publish()
        store.pin_document(platform.roots[0], digest=platform.pin.digest, at=NOW)
        store.update(platform.bundle(world.shanghai), at=NOW)
        before = contents(Path("gate"))
        on_terminal(monkeypatch, typed)
        capsys.readouterr()
        assert main(["trust", "unpin", "gate", "CN-33", "--at", TODAY]) == code
        told = capsys.readouterr()
        assert told.out.startswith(
            "! without CN-33 this store loses:\n"
            "  3 issuers by way of CN-33:\n"
            "    CN-33 某卫生健康委员会 A health commission: its region, with 2 issuers\n"
            "      CN-33-01.WJW 某卫生健康委员会 A health commission\n"
            "      CN-33-02.WJW 某卫生健康委员会 A health commission\n"
            "    CN-33 → CN-31 CN-31 主管机关 Authority of CN-31: its region, with 1 issuer\n"
            "      CN-31.WJW 某卫生健康委员会 A health commission\n"
            "  codes of 2 issuers will be refused: no other anchor leads there\n"
            "  the memory of 2 registries: an older one would be taken again\n"
            "  1 status list, and the memory of which codes are withdrawn\n"
            "  2 documents kept as evidence\n"
        )
        assert ("CN-33" in TrustStore.open("gate").anchors) == (code == 1)
        assert (contents(Path("gate")) == before) == (code == 1)
        assert ("nobody did agree to that, and nothing was unpinned" in told.err) == (code == 1)
        del run

    def test_unpin_forgets_what_was_revoked(self, run: Run, world: World) -> None:
        """Which keys are revoked and which registry was newest is lost too: it asks, also when all has ended."""
        world.hangzhou.list(2)
        world.hangzhou.revoke(2)
        world.zhejiang.publish()
        world.store()
        ran = run("trust", "unpin", "gate", "CN-33", "--at", "2028-03-01T00:00:00Z")
        assert ran.code == 2
        words = "the memory of 2 registries, and that 1 key is revoked: an older one would be taken again"
        assert words in ran.out
        assert "CN-33" in TrustStore.open("gate").anchors

    def test_unpin_what_has_nothing(self, run: Run, world: World) -> None:
        """An anchor of which nothing has come costs nothing."""
        by_name = ("--authority", "CN-33", "--version", "1", "--thumbprint", world.thumbprint)
        assert run("trust", "pin", "gate", *by_name).code == 0
        ran = run("trust", "unpin", "gate", "CN-33")
        assert (ran.code, ran.out) == (0, "CN-33 is no anchor of gate any more\n")


class TestUpdate:
    """`healthpass trust update`."""

    def test_tells_what_came_of_each_document(self, run: Run, world: World) -> None:
        """One line a document: path, kind, version, outcome in English and Chinese; exit code 0."""
        run("trust", "pin", "gate", "--authority", "CN-33", "--version", "1", "--thumbprint", world.thumbprint)
        bundle = write("bundle.cbor", world.bundle())
        first, again = (run("trust", "update", "gate", bundle, "--at", TODAY) for _ in range(2))
        assert (first.code, first.err) == (0, "")
        lines = first.out.splitlines()
        assert [line.split("  ")[0] for line in lines[:4]] == [
            "✓ CN-33 root 1",
            "✓ CN-33 → CN-31 root 1",
            "✓ CN-33 registry 1",
            "✓ CN-33 → CN-31 registry 1",
        ]
        assert lines[0].endswith("applied: the document is in force for this state")
        assert lines[4] == "4 applied, 0 held already, 0 refused"
        assert again.code == 0
        assert again.out.endswith("0 applied, 4 held already, 0 refused\n")

    def test_refused(self, run: Run, world: World) -> None:
        """A refused document is told with the reason, the rest is applied, and the exit code is 1."""
        world.store()
        old = world.zhejiang.registries[0]
        new = world.zhejiang.publish()
        stranger = Region("CN-44").publish()
        write("new.cbor", new)
        assert run("trust", "update", "gate", "new.cbor", "--at", TODAY).code == 0
        ran = run("trust", "update", "gate", write("bad.cbor", old + stranger), "--at", TODAY)
        assert (ran.code, ran.err) == (1, "")
        said = "(it is version 1, and version 2 has been taken)"
        assert f"rollback: it is older than what is held {said}" in ran.out
        assert "unknown-signer" in ran.out
        assert ran.out.endswith("0 applied, 0 held already, 1 refused, 1 passed over\n")

    def test_each_source_is_named(self, run: Run, world: World) -> None:
        """A document that is refused is told with its file, of a folder too, and with its place there."""
        world.store()
        Path("in").mkdir()
        good = world.bundle()
        for name, content in {
            "anhui": good,
            "jiangsu": b"<html>",
            "shanghai": good[:400],
            "zhejiang": good,
        }.items():
            write(f"in/{name}.cbor", content)
        ran = run("trust", "update", "gate", "in", "--at", TODAY)
        refused = [line.split("  ")[0] for line in ran.out.splitlines() if line.startswith("✗")]
        assert refused == [f"✗ document number 1 in in/{name}.cbor" for name in ("jiangsu", "shanghai")]
        told = run("trust", "update", "gate", "in", "--at", TODAY, "--json").json()["results"]
        bad = [(one["source"], one["document"]) for one in told if one["outcome"] == "malformed-envelope"]
        assert bad == [("in/jiangsu.cbor", 0), ("in/shanghai.cbor", 0)]

    def test_expired(self, run: Run, world: World) -> None:
        """An update warns before all ends; after that neither it nor a look at the store leaves with 0."""
        world.store()
        bundle = write("b.cbor", world.bundle())
        soon = run("trust", "update", "gate", bundle, "--at", "2026-12-01T23:00:00Z")
        assert soon.code == 0
        assert "healthpass: warning: registry 1 of CN-33 ends in 60 minutes" in soon.err
        late = run("trust", "update", "gate", bundle, "--at", "2026-12-14T00:00:00Z")
        assert late.code == 3
        assert "healthpass: error: nothing can be judged by this store now" in late.err
        assert "hint: compare the clock of this machine, which says 2026-12-14 00:00+00:00" in late.err
        record = run("trust", "update", "gate", bundle, "--at", "2026-12-14T00:00:00Z", "--json").json()
        assert record["stale_from"] is None
        assert "registry 1 of CN-33 ended 12 days ago" in record["warnings"]
        for options in ((), ("--json",)):
            shown = run("trust", "show", "gate", "--at", "2026-12-14T00:00:00Z", *options)
            assert (shown.code, shown.out != "") == (3, True)
            assert "compare the clock" in shown.err
        assert run("trust", "show", "gate", "--at", TODAY).code == 0

    def test_a_dry_run(self, run: Run, world: World) -> None:
        """What would come of an update is told, and nothing is changed."""
        world.store()
        new = write("b.cbor", world.zhejiang.publish())
        before = contents(Path("gate"))
        ran = run("trust", "update", "gate", new, "--dry-run", "--at", TODAY)
        assert ran.code == 0
        assert ran.out.endswith("1 applied, 0 held already, 0 refused\nnothing was changed\n")
        assert contents(Path("gate")) == before
        assert run("trust", "update", "gate", write("x.cbor", b"x"), "--dry-run", "--at", TODAY).code == 1

    def test_junk_is_bounded(self, run: Run, world: World) -> None:
        """Of many documents that come to the same a hundred are kept; the others are counted."""
        world.store()
        junk = b"".join(
            bytes(Document(Kind.ROOT, number.to_bytes(24, "big"), {bytes(8): bytes(64)})) for number in range(300)
        )
        source = write("junk.cbor", junk)
        record = run("trust", "update", "gate", source, "--at", TODAY, "--json").json()
        assert (len(record["results"]), record["results"][-1]["more"]) == (100, 200)
        assert record["passed_over"] == 300
        ran = run("trust", "update", "gate", source, "--at", TODAY)
        assert len(ran.out.splitlines()) < 40
        assert "and 270 more: unknown-signer" in ran.out
        assert ran.out.endswith("0 refused, 300 passed over\n")

    def test_a_name_that_is_no_utf8(self, run: Run, world: World) -> None:
        """JSON is UTF-8, also where the name of a file is not."""
        world.store()
        name = os.fsdecode(b"b\xff.cbor")
        Path(name).write_bytes(world.bundle())
        ran = run("trust", "update", "gate", name, "--at", TODAY, "--json")
        (source,) = {one["source"] for one in json.loads(ran.out.encode("utf-8"))["results"]}
        assert source.encode("utf-8") == b"b\\udcff.cbor"
        missing = run("trust", "update", "gate", os.fsdecode(b"\xff"), "--at", TODAY, "--json")
        assert json.loads(missing.out.encode("utf-8"))["problems"]

    def test_what_concerns_nobody(self, run: Run, world: World) -> None:
        """What is for other stores is passed over: the exit code is 0, unless there was nothing else."""
        world.store()
        strangers = b"".join(Region("CN-44").roots)
        ran = run("trust", "update", "gate", write("b.cbor", strangers + world.bundle()), "--at", TODAY)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("· root ")
        assert ran.out.endswith("0 applied, 4 held already, 0 refused, 1 passed over\n")
        ran = run("trust", "update", "gate", write("b.cbor", strangers), "--at", TODAY, "--json")
        record = ran.json()
        assert (ran.code, record["refused"], record["passed_over"]) == (1, 0, 1)
        assert record["results"][0]["outcome"] == "unknown-signer"

    def test_one_refused_document_holds_up_nothing(self, run: Run, world: World) -> None:
        """What stands beside a refused document is applied all the same."""
        world.store()
        bad = world.shanghai.publish(claims={6: AT + 10 * SECONDS})
        ran = run("trust", "update", "gate", write("b.cbor", bad + world.zhejiang.publish()), "--at", TODAY)
        assert ran.code == 1
        assert "✓ CN-33 registry 2 " in ran.out
        assert "dated-ahead" in ran.out

    def test_sources_in_any_order(self, run: Run, world: World) -> None:
        """Files are offered together, so that a registry may be named before its root."""
        run("trust", "pin", "gate", "--authority", "CN-33", "--version", "1", "--thumbprint", world.thumbprint)
        Path("folder").mkdir()
        write("folder/registry.cbor", world.zhejiang.registries[0])
        write("folder/README.txt", b"not a document")
        ran = run("trust", "update", "gate", "folder", write("r.cbor", world.zhejiang.roots[0]), "--at", TODAY)
        assert ran.code == 0
        assert ran.out.endswith("2 applied, 0 held already, 0 refused\n")

    def test_json(self, run: Run, world: World) -> None:
        """The JSON has a record for each document and state."""
        world.store()
        new, old = world.zhejiang.publish(), world.shanghai.registries[0]
        ran = run("trust", "update", "gate", "--json", write("b.cbor", new + old + b"?"), "--at", TODAY)
        record = ran.json()
        assert ran.code == 1
        assert (record["v"], record["refused"]) == (1, 1)
        applied, unchanged, refused = record["results"]
        assert applied == {
            "source": "b.cbor",
            "document": 0,
            "kind": "application/vnd.healthpass.registry+cose",
            "sha256": digest_of(new).hex(),
            "anchor": "CN-33",
            "authority": "CN-33",
            "epoch": 1,
            "version": 2,
            "outcome": "applied",
            "meaning": {"en": "the document is in force for this state", "zh": "已生效"},
            "message": None,
            "where": None,
            "notes": [],
            "issuer": None,
            "list": None,
            "more": 0,
        }
        assert (unchanged["authority"], unchanged["outcome"]) == ("CN-31", "unchanged")
        assert (refused["outcome"], refused["kind"], refused["anchor"]) == ("malformed-envelope", None, None)

    def test_notes(self, run: Run, world: World) -> None:
        """What is told beside an outcome has a line of its own."""
        world.store()
        world.zhejiang.rotate(registry_keys=(2,))
        world.zhejiang.publish()
        ran = run("trust", "update", "gate", write("b.cbor", world.zhejiang.bundle()), "--at", TODAY)
        assert ran.code == 0
        assert "  ! epoch-opened: " in ran.out

    def test_without_an_anchor(self, run: Run, world: World) -> None:
        """A store without anchors takes nothing, and the hint says what is missing."""
        TrustStore.create("gate")
        ran = run("trust", "update", "gate", write("b.cbor", world.bundle()), "--at", TODAY)
        assert ran.code == 1
        assert "hint: the store has no anchor yet" in ran.err

    @pytest.mark.parametrize("source", ["nothing.cbor", "empty", "fifo", "http://example.org/b.cbor", "a\0b"])
    def test_unreadable_sources(self, run: Run, world: World, source: str) -> None:
        """A source that cannot be read is exit code 3, and the store is as it was."""
        world.store()
        Path("empty").mkdir()
        os.mkfifo("fifo")
        before = Path("gate/trust.json").read_bytes()
        ran = run("trust", "update", "gate", source, "--at", TODAY)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: ")
        assert Path("gate/trust.json").read_bytes() == before

    def test_a_source_does_not_hold_up_others(self, run: Run, world: World) -> None:
        """What can be read counts beside a source that cannot; it is told, and the exit code is 3 all the same."""
        world.store()
        new = write("b.cbor", world.zhejiang.publish())
        ran = run("trust", "update", "gate", "nothing.cbor", new, "http://example.org/b.cbor", "--at", TODAY)
        assert ran.code == 3
        assert ran.out.endswith("1 applied, 0 held already, 0 refused\n")
        assert ran.err.count("healthpass: error: ") == 2
        record = run("trust", "update", "gate", "nothing.cbor", new, "--json").json()
        assert len(record["problems"]) == len(record["results"]) == 1

    def test_an_address(self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """An address is fetched; one that has nothing new says so, and one that fails holds up nothing."""
        world.store()
        new = world.zhejiang.publish()

        def fetched(url: str, *, etag: str | None) -> fetch.Fetched:
            if "down" in url:
                raise fetch.FetchError("cannot fetch it: the server is down")
            return fetch.Fetched(None if etag else new, "1")

        monkeypatch.setattr(_fetch, "fetch", fetched)
        addresses = ("https://down.example/b.cbor", "https://up.example/b.cbor")
        ran = run("trust", "update", "gate", *addresses, "--at", TODAY)
        assert (ran.code, ran.out.splitlines()[-1]) == (3, "1 applied, 0 held already, 0 refused")
        assert "the server is down" in ran.err
        assert (
            "hint: the store goes on with what it holds; healthpass trust show STORE tells until when" in ran.err
        )
        assert "a source is" not in ran.err
        again = run("trust", "update", "gate", addresses[1], "--at", TODAY)
        assert again == (0, "nothing new\n", "")

    def test_hints(self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a source is is told to those who gave none; not where the store itself cannot be changed."""
        world.store()
        assert "hint: a source is a file, a folder with" in run("trust", "update", "gate", "nothing.cbor").err

        def refused(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", "gate/lock")

        monkeypatch.setattr("healthpass.store._folder.Folder.locked", refused)
        ran = run("trust", "update", "gate", write("b.cbor", world.bundle()))
        assert ran.code == 3
        assert "permission denied (gate/lock)" in ran.err
        assert "hint:" not in ran.err

    @pytest.mark.parametrize("in_folder", [True, False])
    def test_junk_beside_the_news(
        self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch, *, in_folder: bool
    ) -> None:
        """Whatever one file holds, what an authority has sent beside it is read."""
        world.store()
        Path("in").mkdir()
        write(
            "in/0.cbor", b"".join(bytes(Document(Kind.ROOT, bytes(24), {bytes(8): bytes(64)})) for _ in range(9))
        )
        write("in/1.cbor", world.zhejiang.publish())
        monkeypatch.setattr(_bundle, "DOCUMENT_LIMIT", 5)
        sources = ["in"] if in_folder else ["in/0.cbor", "in/1.cbor"]
        ran = run("trust", "update", "gate", *sources, "--at", TODAY)
        assert (ran.code, ran.err) == (1, "")
        assert "✓ CN-33 registry 2 " in ran.out

    def test_a_file_of_a_folder_that_cannot_be_read(
        self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One file that may not be read is told, and the others count."""
        world.store()
        Path("in").mkdir()
        write("in/0.cbor", b"\xd8")
        write("in/1.cbor", world.zhejiang.publish())

        def read(path: Path, *, at_most: int) -> bytes:
            if path.name == "0.cbor":
                raise PermissionError(13, "Permission denied", str(path))
            return path.read_bytes()[:at_most]

        monkeypatch.setattr(_offered, "read", read)
        ran = run("trust", "update", "gate", "in", "--at", TODAY)
        assert ran.code == 3
        assert "cannot read 'in/0.cbor': permission denied" in ran.err
        assert "✓ CN-33 registry 2 " in ran.out

    def test_more_than_one_update_takes(self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Files that are too large together are offered one after the other; of a folder too."""
        world.store()
        Path("in").mkdir()
        new = write("in/1.cbor", world.zhejiang.publish())
        most = Path(new).stat().st_size + 10
        write("in/0.cbor", bytes(most - 5))
        monkeypatch.setattr(_offered, "MAX_BUNDLE", most)
        shutil.copytree("gate", "other")
        ran = run("trust", "update", "gate", "in/0.cbor", new, "--at", TODAY)
        assert (ran.code, ran.err) == (1, "")
        assert ran.out.endswith("1 applied, 0 held already, 1 refused\n")
        ran = run("trust", "update", "other", "in", "--at", TODAY)
        assert (ran.code, ran.err) == (1, "")
        assert ran.out.endswith("1 applied, 0 held already, 1 refused\n")

    def test_a_huge_file(self, run: Run, world: World) -> None:
        """A file of more bytes than an update takes is not read."""
        world.store()
        with Path("huge.cbor").open("wb") as file:
            file.truncate(1 << 40)
        ran = run("trust", "update", "gate", "huge.cbor")
        assert (ran.code, ran.out) == (3, "")


class TestLists:
    """Status lists in `update`, `show` and `why`."""

    @pytest.fixture
    def office(self, world: World) -> StatusOffice:
        """Return an office of Zhejiang that can withdraw codes, and which the registry lists."""
        office = add_office(world.zhejiang, "CN-33-02.WJW")
        world.zhejiang.publish()
        return office

    def test_update(self, run: Run, world: World, office: StatusOffice) -> None:
        """A list is told by its number and its issuer, where it is known; otherwise by its hash."""
        world.store()
        old, new = office.status_list(), office.status_list([7], issued=AT + 1)
        forged = office.status_list([8], key=SigningKey.generate())
        assert run("trust", "update", "gate", write("l.cbor", new), "--at", TODAY).code == 0
        ran = run("trust", "update", "gate", write("l.cbor", new + old + forged + new[:-1]), "--at", TODAY)
        assert (ran.code, ran.err) == (1, "")
        unchanged, rollback, unknown, cut, counts = ran.out.splitlines()
        assert unchanged.startswith("✓ CN-33 status list 3 of CN-33-02.WJW  unchanged: ")
        assert rollback.startswith(
            f"✗ CN-33 status list {parse_list(old).digest.hex()[:12]}… in l.cbor  rollback: "
        )
        assert unknown.startswith(f"· status list {parse_list(forged).digest.hex()[:12]}…  unknown-signer: ")
        assert cut.startswith("✗ document number 4 in l.cbor  ")
        assert counts == "0 applied, 1 held already, 2 refused, 1 passed over"

    def test_update_as_json(self, run: Run, world: World, office: StatusOffice) -> None:
        """The JSON names the issuer and the number of a list."""
        world.store()
        ran = run("trust", "update", "gate", "--json", write("l.cbor", office.status_list()), "--at", TODAY)
        (told,) = ran.json()["results"]
        assert (told["kind"], told["outcome"]) == ("application/statuslist+cwt", "applied")
        assert (told["issuer"], told["list"], told["epoch"]) == ("CN-33-02.WJW", 3, None)

    def test_show(self, run: Run, world: World, office: StatusOffice) -> None:
        """Each issuer that has an address for lists is shown with how many are held, and of when."""
        store = world.store()
        show = ("trust", "show", "gate", "--at", TODAY)
        told = told_by(run(*show))
        assert "✗ status lists: none held yet; codes that can be withdrawn cannot be judged" in told
        assert "✗ codes that can be withdrawn cannot all be judged now" in told
        store.update(office.status_list(), at=NOW)
        told = told_by(run(*show))
        assert "· status lists: 1 held, of 2026-11-01 00:00, until 2026-11-01 01:00" in told
        assert "without news codes that can be withdrawn cannot all be judged from 2026-11-01 01:00 on" in told
        store.update(office.status_list(number=4, issued=AT + 1800), at=NOW)
        ran = run(*show)
        assert "2 held, of 2026-11-01 00:00 to 2026-11-01 00:30, until 2026-11-01 01:00" in told_by(ran)
        assert all(cell_len(line) <= 80 for line in ran.out.splitlines())
        without, with_lists = run(*show, "--json").json()["anchors"][0]["issuers"]
        assert without["status"] is None
        assert with_lists["status"] == {
            "base": BASE,
            "lists": 2,
            "oldest": "2026-11-01T00:00:00Z",
            "newest": "2026-11-01T00:30:00Z",
            "expires_at": "2026-11-01T01:00:00Z",
        }

    @pytest.mark.parametrize(
        ("at", "words"),
        [
            ("2026-11-01T00:59:59Z", "until 2026-11-01 01:00"),
            (
                "2026-11-01T01:00:00Z",
                "1 of them expired, the first 2026-11-01 01:00; codes that can be withdrawn cannot be judged",
            ),
            ("2026-11-01T01:30:00Z", "expired 2026-11-01 01:00; codes that can be withdrawn cannot be judged"),
        ],
    )
    def test_expired(self, run: Run, world: World, office: StatusOffice, at: str, words: str) -> None:
        """A gate is not shown as sound when one of its lists has expired; each has its own end."""
        store = world.store()
        store.update(office.status_list() + office.status_list(number=4, issued=AT + 1800), at=NOW)
        told = told_by(run("trust", "show", "gate", "--at", at))
        assert words in told
        good = "expired" not in words
        assert ("· status lists" in told) is good
        assert ("✗ status lists" in told) is not good
        assert ("✗ codes that can be withdrawn cannot all be judged now" in told) is not good

    def test_lists_that_outlast_the_registry(self, run: Run, world: World, office: StatusOffice) -> None:
        """The time of the lists stands at the top where it comes before that of all else, and only there."""
        store = world.store()
        store.update(office.status_list(life=6 * SECONDS), at=NOW)
        ends = "2026-11-07T00:00:00Z"
        first = run("trust", "show", "gate", "--json", "--at", TODAY).json()
        assert first["status_stale_from"] == ends < first["stale_from"]
        store.update(office.status_list(issued=AT + 27 * SECONDS, life=6 * SECONDS), at=NOW + timedelta(days=27))
        later = run("trust", "show", "gate", "--at", "2026-11-28T00:00:00Z").out
        assert "can be withdrawn" not in later
        record = run("trust", "show", "gate", "--json", "--at", "2026-11-28T00:00:00Z").json()
        assert record["status_stale_from"] == "2026-12-04T00:00:00Z" > record["stale_from"]

    def test_nobody_withdraws(self, run: Run, world: World) -> None:
        """Where no issuer names an address for lists, nothing is said of them."""
        world.store()
        assert "can be withdrawn" not in run("trust", "show", "gate", "--at", TODAY).out
        assert run("trust", "show", "gate", "--json", "--at", TODAY).json()["status_stale_from"] is None

    def test_why(self, run: Run, world: World, office: StatusOffice) -> None:
        """A path says which lists are held; which of them was asked is told of a valid code alone."""
        store = world.store()
        good, withdrawn = (
            office.issue(PLACED),
            office.issue(PLACED.model_copy(update={"status": StatusPlace(3, 5)})),
        )
        unknown = run("trust", "why", "gate", good, "--at", TODAY)
        words = " ".join(unknown.out.split())
        assert unknown.code == 3
        assert "status none held yet; none tells whether it is withdrawn" in words
        assert "list 3" not in unknown.out
        store.update(office.status_list([5]), at=NOW)
        valid = run("trust", "why", "gate", good, "--at", TODAY)
        words = " ".join(valid.out.split())
        assert valid.code == 0
        assert "times UTC key" in words
        assert "status list of 2026-11-01 00:00+00:00, 30 minutes old" in words
        assert "until 2026-11-01 01:00; list 3 of 2026-11-01 00:00: good" in words
        revoked = run("trust", "why", "gate", withdrawn, "--at", TODAY)
        words = " ".join(revoked.out.split())
        assert revoked.code == 1
        assert "until 2026-11-01 01:00; one says that it is withdrawn" in words
        assert "list 3" not in revoked.out
        assert "张" not in revoked.out
        plain = run("trust", "why", "gate", office.issue(), "--at", TODAY)
        assert "none is asked: the code cannot be withdrawn" in " ".join(plain.out.split())


class TestShow:
    """`healthpass trust show`."""

    def test_draws_the_graph(self, run: Run, world: World) -> None:
        """Anchors, issuers, keys and whom they recognise, in 80 columns."""
        world.shanghai_office.list(2)
        world.shanghai_office.revoke(2)
        world.shanghai_office.retire(1, at=AT - SECONDS)
        world.shanghai.publish()
        world.store()
        ran = run("trust", "show", "gate", "--at", TODAY)
        assert (ran.code, ran.err) == (0, "")
        assert all(cell_len(line) <= 80 for line in ran.out.splitlines())
        assert ran.out.startswith("production, at 2026-11-01 00:30; times are UTC\n")
        assert "the clock cannot be before 2026-11-01 00:00" in ran.out
        assert "without news nothing can be judged from 2026-12-02 00:00 on" in ran.out
        assert "CN-33 某卫生健康委员会 A health commission  anchor" in ran.out
        assert "└─ CN-31 CN-31 主管机关 Authority of CN-31  recognised" in ran.out
        assert "for green, yellow, red; 14d, bearer 14d, without status 14d" in ran.out
        words = " ".join(ran.out.replace("│", " ").split())
        assert f"✓ {world.hangzhou.key().public_key.kid.hex()} credential" in words
        assert "revoked by CN-31: compromise" in words
        assert "retired 2026-10-31: rotation" in words

    @pytest.mark.parametrize(
        ("at", "words"),
        [
            (MONTHS_LATER, "✗ recognition has ended"),
            ("2026-12-15T00:00:00Z", "✗ out of date from 2026-12-02 00:00"),
            ("2026-10-01T00:00:00Z", "✗ recognised later"),
        ],
    )
    def test_standings(self, run: Run, world: World, at: str, words: str) -> None:
        """A path that does not count says why."""
        world.store()
        assert words in run("trust", "show", "gate", "--at", at).out

    def test_withdrawn_and_empty(self, run: Run, world: World) -> None:
        """A recognition that was taken back, and an authority of which nothing has come yet."""
        store = world.store()
        world.zhejiang.recognitions.clear()
        world.zhejiang.recognise(Region("CN-34"))
        store.update(world.zhejiang.publish(), at=NOW)
        shown = run("trust", "show", "gate", "--at", TODAY).out
        assert "✗ no longer recognised" in shown
        assert "CN-34 CN-34 主管机关 Authority of CN-34  recognised\n" in shown
        words = "✗ the root that is named has not come yet: healthpass trust update"
        assert words in " ".join(shown.split())

    def test_after_a_pin(self, run: Run, world: World) -> None:
        """A root without a registry is told as what it is, with what to do."""
        pin = ("trust", "pin", "gate", write("r.cbor", world.zhejiang.roots[0]), "--thumbprint", world.thumbprint)
        assert run(*pin, "--at", TODAY).code == 0
        told = told_by(run("trust", "show", "gate", "--at", TODAY))
        assert "✗ no registry that counts yet: healthpass trust update epoch 1, root 1" in told

    @pytest.mark.parametrize(
        ("at", "sign", "words"),
        [
            ("2026-11-01T23:59:59Z", "·", ", not yet in use"),
            ("2026-11-02T00:00:00Z", "✓", ""),
            ("2026-11-05T00:00:00Z", "✗", ", has ended"),
        ],
    )
    def test_keys_in_time(self, run: Run, world: World, at: str, sign: str, words: str) -> None:
        """A key that has yet to begin is no fault; one that has ended is told as that."""
        world.hangzhou.list(2, valid_from=AT + SECONDS, valid_until=AT + 4 * SECONDS)
        world.zhejiang.publish()
        world.store()
        told = told_by(run("trust", "show", "gate", "--at", at))
        span = "credential, 2026-11-02 to 2026-11-05"
        assert f"{sign} {world.hangzhou.key(2).public_key.kid.hex()} {span}{words} " in f"{told} "
        assert words or f"{span}, " not in told

    def test_a_revoked_key_that_has_yet_to_begin(self, run: Run, world: World) -> None:
        """What has been revoked is a fault, whether it has begun or not."""
        world.hangzhou.list(2, valid_from=AT + SECONDS)
        world.hangzhou.revoke(2)
        world.zhejiang.publish()
        world.store()
        assert (
            f"✗ {world.hangzhou.key(2).public_key.kid.hex()} " in run("trust", "show", "gate", "--at", TODAY).out
        )

    @pytest.mark.parametrize(("before", "suspect"), [(60, False), (61, True)])
    def test_a_clock_that_is_behind(self, run: Run, world: World, before: int, suspect: bool) -> None:  # noqa: FBT001
        """Before the clock floor nothing is shown as good, since `verify` then judges nothing."""
        world.store()
        at = write_time(NOW - timedelta(seconds=before))
        ran = run("trust", "show", "gate", "--at", at)
        behind = "✗ the clock here is behind that: nothing can be judged"
        assert (behind in told_by(ran)) is suspect
        assert ("✓" not in ran.out) is suspect
        assert ("without news" not in ran.out) is suspect
        record = run("trust", "show", "gate", "--json", "--at", at).json()
        assert record["clock_suspect"] is suspect
        assert record["anchors"][0]["standing"] == ("clock-suspect" if suspect else "in-force")
        judged = run("verify", "--trust", "gate", "--json", "--at", at, world.hangzhou.issue()).json()
        assert (judged["verdict"] == "clock-suspect") is suspect

    def test_one_zone(self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """All times are of the zone that is named, also beyond the next change of the clocks."""
        world.store()
        monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        monkeypatch.setattr("healthpass.cli.show.times.now", lambda: datetime(2026, 7, 1, tzinfo=UTC))
        out = run("trust", "show", "gate", "--at", TODAY).out
        assert out.startswith("production, at 2026-11-01 02:30; times are UTC+02:00\n")

    def test_evidence(self, run: Run, world: World) -> None:
        """Documents that contradict each other are told."""
        store = world.store()
        store.update(world.zhejiang.publish(version=1, expires=AT + SECONDS, keep=False), at=NOW)
        assert "! 2 documents that contradict each other are kept" in run("trust", "show", "gate").out

    def test_no_anchor(self, run: Run) -> None:
        """An empty store trusts nobody, and says so."""
        TrustStore.create("gate")
        ran = run("trust", "show", "gate")
        assert "no anchor: nobody is trusted" in ran.out
        assert (ran.code, "hint: healthpass trust pin" in ran.err) == (3, True)

    def test_is_bounded(self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever a store holds, the drawing ends; JSON has all of it."""
        monkeypatch.setattr(tree, "_MOST", 5)
        world.store()
        ran = run("trust", "show", "gate", "--at", TODAY)
        assert len(ran.out.splitlines()) < 12
        assert ran.out.endswith("and more; --json has all of it\n")

    def test_json(self, run: Run, world: World) -> None:
        """The JSON has the whole graph."""
        world.store()
        record = run("trust", "show", "gate", "--json", "--at", TODAY).json()
        assert (record["v"], record["environment"]) == (1, "production")
        assert record["clock_floor"] == "2026-11-01T00:00:00Z"
        assert record["stale_from"] == "2026-12-02T00:00:00Z"
        (anchor,) = record["anchors"]
        assert (anchor["id"], anchor["standing"], anchor["registry"]["version"]) == ("CN-33", "in-force", 1)
        assert anchor["issuers"][0]["keys"][0]["good"] is True
        (recognised,) = anchor["recognised"]
        assert recognised["recognition"]["root_sha256"] == world.shanghai.pin.digest.hex()
        assert recognised["recognition"]["scope"] == {
            "colors": ["green", "yellow", "red"],
            "max_lifetime": "14d",
            "max_bearer_lifetime": "14d",
            "max_lifetime_without_status": "14d",
        }
        assert anchor["issuers"][0]["keys"][0]["use"] == "credential"
        assert "recognised" not in recognised


class TestWhy:
    """`healthpass trust why`."""

    def test_valid(self, run: Run, world: World) -> None:
        """A good code: the answer of verify, then each path with what it comes to."""
        world.store()
        ran = run("trust", "why", "gate", world.shanghai_office.issue(), "--at", TODAY)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("VALID  ● green\n")
        assert "listed on 1 path" in ran.out
        assert "path 1: CN-33 → CN-31 → CN-31.WJW" in ran.out
        assert "in force" in ran.out
        assert ran.out.endswith("  verdict         valid\n")
        narrow = ran.out[ran.out.index("  key") :].splitlines()
        assert all(cell_len(line) <= 80 for line in narrow)

    def test_json(self, run: Run, world: World) -> None:
        """The JSON has the verdict and each path, with the words of a source, and of a bad code no claim."""
        world.shanghai_office.revoke()
        world.shanghai.publish()
        world.store()
        ran = run("trust", "why", "gate", "--json", world.shanghai_office.issue(), "--at", TODAY)
        record = ran.json()
        assert (ran.code, record["v"], record["verdict"]) == (1, 1, "key-revoked")
        (path,) = record["paths"]
        assert [path[name] for name in ("anchor", "authority", "issuer")] == ["CN-33", "CN-31", "CN-31.WJW"]
        assert (path["standing"], path["verdict"]) == ("in-force", "key-revoked")
        assert (path["stale_from"], path["status"]["lists"]) == ("2026-12-02T00:00:00Z", 0)
        assert path["key"]["kid"] == record["kid"]
        assert (path["key"]["use"], path["key"]["revoked_by"]) == ("credential", ["CN-31"])
        assert path["key"]["revoked"] == {"at": "2026-11-01T00:00:00Z", "reason": "compromise"}
        assert path["endings"] == [
            {"by": "CN-31", "epoch": 1, "version": 2, "revoked": path["key"]["revoked"], "retired": None}
        ]
        assert (path["speaks"], path["ends"], path["withdrawals"]) == (True, True, [])
        assert path["scope"]["max_lifetime"] == "14d"
        assert "张" not in ran.out
        good = run("trust", "why", "gate", "--json", world.hangzhou.issue(), "--at", TODAY)
        assert (good.code, good.json()["verdict"], good.json()["paths"][0]["verdict"]) == (0, "valid", "valid")
        assert good.json()["holder"] == "张*丰"
        bad = run("trust", "why", "gate", "--json", "HP1:?").json()
        assert (bad["verdict"], bad["kid"], bad["paths"]) == ("malformed-text", None, [])

    def test_a_narrow_terminal(self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """However narrow the terminal is, what is to be told is there."""
        world.store()
        monkeypatch.setenv("COLUMNS", "10")
        out = run("trust", "why", "gate", world.shanghai_office.issue(), "--at", TODAY).out
        assert "listed on 1 path" in out
        assert out.endswith("  verdict         valid\n")

    def test_revoked(self, run: Run, world: World) -> None:
        """Who has revoked the key, when, why and in which registry; and nothing that the code claims."""
        world.shanghai_office.revoke()
        world.shanghai.publish()
        world.store()
        ran = run("trust", "why", "gate", "-", "--at", TODAY, stdin=world.shanghai_office.issue().encode() + b"\n")
        words = " ".join(ran.out.split())
        assert ran.code == 1
        assert "ended key revoked by CN-31, 2026-11-01 00:00: compromise" in words
        assert "(registry 2)" in words
        assert ran.out.endswith("  verdict         key-revoked\n")
        assert "张" not in ran.out

    def test_several_paths(self, run: Run, world: World) -> None:
        """Each path to a key is told; the verdict is that of the best."""
        world.recognised_by("CN-32", Scope(colors=[Color.GREEN], max_lifetime=timedelta(hours=1)))
        ran = run("trust", "why", "gate", world.shanghai_office.issue(), "--at", TODAY)
        assert ran.code == 0
        assert "listed on 2 paths" in ran.out
        told = [line.split()[-1] for line in ran.out.splitlines() if line.startswith("  verdict")]
        assert told == ["out-of-scope", "valid"]
        assert "green; 1h, bearer none, without status none" in ran.out

    def test_who_speaks_and_who_does_not(self, run: Run, world: World) -> None:
        """A path of an authority that does not speak for the issuer is told as that, with who speaks instead."""
        world.recognised_by("CN")
        ran = run("trust", "why", "gate", world.shanghai_office.issue(), "--at", TODAY)
        assert ran.code == 0
        first, second = ran.out.split("\n\npath ")[1:]
        speaks = "CN-31 speaks for this issuer, by way of CN, the anchor that owns its id"
        assert first.startswith("1: CN → CN-31 → CN-31.WJW\n")
        assert first.endswith("  verdict         valid")
        assert second.startswith("2: CN-33 → CN-31 → CN-31.WJW  (does not count)\n")
        assert second.endswith("  verdict         not-recognised\n")
        assert all(f"speaks {speaks}" in " ".join(path.split()) for path in (first, second))
        shown = told_by(run("trust", "show", "gate", "--at", TODAY))
        assert f"! no code is valid by this entry: {speaks}" in shown
        alone = told_by(run("trust", "why", "gate", world.hangzhou.issue(), "--at", TODAY))
        assert "CN-33 speaks for this issuer, the anchor that owns its id" in alone

    def test_an_ending_on_one_path_is_told_with_the_other(self, run: Run, world: World) -> None:
        """Two anchors recognise Shanghai, one has heard of the revocation: whose registry says so, and where."""
        store, other = world.recognised_by("CN-44")
        code = world.shanghai_office.issue()
        assert run("trust", "why", "gate", code, "--at", TODAY).code == 0
        other.recognitions.clear()
        world.shanghai_office.revoke()
        store.update(other.publish() + world.shanghai.publish(), at=NOW)
        other.recognise(world.shanghai)
        store.update(other.publish(), at=NOW)
        ran = run("trust", "why", "gate", code, "--at", TODAY)
        assert ran.code == 1
        assert ran.out.startswith("NOT VALID  key-revoked\n")
        words = " ".join(ran.out.split())
        assert "ended path 2 alone would do; what has ended on path 1 has ended on every path" in words
        assert "key revoked by CN-31, 2026-11-01 00:00: compromise (registry 2)" in words
        told = [line.split()[-1] for line in ran.out.splitlines() if line.startswith("  verdict")]
        assert told == ["key-revoked", "valid"]
        assert "张" not in ran.out
        first, second = run("trust", "why", "gate", code, "--at", TODAY, "--json").json()["paths"]
        assert (first["ends"], second["ends"], second["endings"]) == (True, False, [])
        assert first["speaker"] == {"anchor": "CN-33", "authority": "CN-31", "owned": False}

    def test_a_code_that_was_withdrawn(self, run: Run, world: World) -> None:
        """By which list: of when, and signed by which key, which who lists; and no claim of the code."""
        office = add_office(world.shanghai, "CN-31.A1")
        world.shanghai.publish()
        world.store().update(office.status_list([INDEX], issued=AT + 60), at=NOW)
        ran = run("trust", "why", "gate", office.issue(PLACED), "--at", TODAY)
        kid = office.key(STATUS_NUMBER).public_key.kid.hex()
        words = f"by the issuer's list of 2026-11-01 00:01, with the key {kid}, which CN-31 lists"
        assert f"ended code withdrawn {words}" in " ".join(ran.out.split())
        assert "list 3" not in ran.out
        assert "张" not in ran.out
        (path,) = run("trust", "why", "gate", office.issue(PLACED), "--at", TODAY, "--json").json()["paths"]
        assert path["withdrawals"] == [{"by": "CN-31", "kid": kid, "issued_at": "2026-11-01T00:01:00Z"}]

    def test_retired(self, run: Run, world: World) -> None:
        """By whose registry a key was retired, from when, and why."""
        world.shanghai_office.retire(at=AT - SECONDS)
        world.shanghai.publish()
        world.store()
        ran = run("trust", "why", "gate", world.shanghai_office.issue(), "--at", TODAY)
        words = " ".join(ran.out.split())
        assert "key retired by CN-31, 2026-10-31 00:00: rotation (registry 2)" in words
        assert ran.out.endswith("  verdict         key-not-valid\n")

    @pytest.mark.parametrize(
        ("at", "verdict", "words"),
        [
            (MONTHS_LATER, "not-recognised", "recognition has ended"),
            ("2026-12-15T00:00:00Z", "registry-stale", "out of date since 2026-12-02 00:00"),
            ("2026-10-25T00:00:00Z", "not-recognised", "recognised later"),
        ],
    )
    def test_not_in_force(self, run: Run, world: World, at: str, verdict: str, words: str) -> None:
        """A path that is not in force or stale, and since when."""
        world.store()
        ran = run("trust", "why", "gate", world.shanghai_office.issue(), "--at", at)
        assert ran.code == (3 if verdict == "registry-stale" else 1)
        assert ran.out.endswith(f"  verdict         {verdict}\n")
        assert words in " ".join(ran.out.split())

    def test_withdrawn(self, run: Run, world: World) -> None:
        """A recognition that was taken back."""
        store = world.store()
        world.zhejiang.recognitions.clear()
        store.update(world.zhejiang.publish(), at=NOW)
        ran = run("trust", "why", "gate", world.shanghai_office.issue(), "--at", TODAY)
        assert ran.code == 1
        assert "CN-31: no longer recognised" in ran.out
        assert "path 1: CN-33 → CN-31 → CN-31.WJW  (does not count)\n" in ran.out
        assert ran.out.endswith("  verdict         not-recognised\n")

    def test_unknown_key(self, run: Run, world: World) -> None:
        """A key that nobody lists: who was asked, and whether they were up to date."""
        world.store()
        ran = run("trust", "why", "gate", Office("CN-44.WJW").issue(), "--at", TODAY)
        assert ran.code == 1
        assert "no registry here lists it" in ran.out
        words = " ".join(ran.out.split())
        assert "CN-33 某卫生健康委员会 A health commission: up to date until 2026-12-02 00:00" in words
        stale = run("trust", "why", "gate", Office("CN-44.WJW").issue(), "--at", MONTHS_LATER)
        assert stale.code == 3
        assert "out of date since 2026-12-02 00:00" in " ".join(stale.out.split())

    def test_no_claim_before_the_verdict(self, run: Run, world: World) -> None:
        """Of a code that is not valid, no claim is shown, whatever it says."""
        world.store()
        thief = SigningKey.generate()
        health = HealthCode(color=Color.GREEN, holder="王*英")
        for text in (
            world.hangzhou.issue(health, at=NOW - timedelta(days=9)),  # expired
            world.hangzhou.issue(health, lifetime=timedelta(days=300)),  # out of scope
            world.hangzhou.issue(health, holder_key=thief.public_key),  # shown bare
        ):
            ran = run("trust", "why", "gate", text, "--at", TODAY)
            assert ran.code == 1
            assert "王" not in ran.out
            assert "VALID  ● green" not in ran.out

    def test_what_is_no_code(self, run: Run, world: World) -> None:
        """Garbage is malformed; there are no paths then; and no line, or no file, is exit code 3."""
        world.store()
        ran = run("trust", "why", "gate", "HP1:?")
        assert ran.code == 1
        assert "path" not in ran.out
        assert run("trust", "why", "gate", "-").code == 3
        assert run("trust", "why", "gate", "nothing.png").code == 3

    def test_wrong_environment(self, run: Run, world: World) -> None:
        """A store of production judges no codes of a test."""
        world.store()
        why = ("trust", "why", "gate", world.hangzhou.issue(), "--at", TODAY, "--environment")
        assert run(*why, "production").code == 0
        assert run(*why, "test").out.endswith("  verdict         wrong-environment\n")
        assert run(*why, "No Such").code == 2


class TestHostile:
    """What strangers send, and what lies where a store should be."""

    COMMANDS = (("update", "gate", "b.cbor"), ("show", "gate"), ("why", "gate", "HP1:?"), ("unpin", "gate", "CN"))

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
    @pytest.mark.parametrize("kind", ["nothing", "file", "empty", "garbage", "fifo", "truncated"])
    def test_stores_that_cannot_be_opened(
        self, run: Run, world: World, command: tuple[str, ...], kind: str
    ) -> None:
        """Each command says in a line that there is no store to be opened, with exit code 3."""
        write("b.cbor", world.bundle())
        spoil(kind, world)
        ran = run("trust", *command)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: ")

    def test_a_store_that_we_may_not_read(self, run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where a permission is missing, that is said, and nobody is told to make a new store."""
        world.store()

        def refuse(*_: Any, **__: Any) -> Any:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(store_folder, "read", refuse)
        monkeypatch.setattr(Path, "exists", refuse)
        ran = run("trust", "show", "gate")
        assert (ran.code, ran.out) == (3, "")
        assert ran.err == "healthpass: error: cannot read the trust store 'gate': permission denied\n"

    @pytest.mark.parametrize(("first", "last"), STEERING)
    def test_names_that_steer_are_refused(self, run: Run, world: World, first: int, last: int) -> None:
        """A name with a code point that could steer a terminal never gets into a store (DOC-11)."""
        world.store()
        names: dict[int, Any] = {1: f"浙江{chr(first)}[2J", 2: "x"}
        ran = run("trust", "update", "gate", write("b.cbor", world.zhejiang.publish(content={1: names})))
        assert ran.code == 1
        assert "malformed-document" in ran.out
        shown = ran.out + run("trust", "show", "gate").out
        assert not any(first <= ord(letter) <= last for letter in shown.replace("\n", ""))

    def test_documents_that_are_nothing(self, run: Run, world: World) -> None:
        """Random bytes, a bundle cut short and a key request are refused without a traceback."""
        world.store()
        odd = signed(Kind.KEY_REQUEST, bytes(40), [SigningKey.generate()])
        for data in (os.urandom(500), world.bundle()[:-7], odd, b"\xd8\x62\x84" + b"\xff" * 99):
            assert run("trust", "update", "gate", write("b.cbor", data), "--at", TODAY).code == 1

    def test_a_broken_pipe(self, run: Run, world: World) -> None:
        """Whoever reads may stop reading."""
        del run  # for its folder
        world.store()
        for arguments in (["trust", "show", "gate"], ["trust", "update", "gate", write("b.cbor", world.bundle())]):
            reader, writer = os.pipe()
            os.close(reader)
            with open(writer, "wb") as pipe:  # noqa: PTH123 - a descriptor
                ran = subprocess.run(
                    [*PROGRAM, *arguments], stdout=pipe, stderr=subprocess.PIPE, check=False, text=True
                )
            assert (ran.returncode, ran.stderr) == (141, "")

    def test_file_names_are_harmless(self, run: Run) -> None:
        """A name that could steer a terminal is escaped where it is repeated."""
        ran = run("trust", "show", "\x1b[2J")
        assert ran.code == 3
        assert "\x1b" not in ran.err


def spoil(kind: str, world: World) -> None:
    """Leave something at `gate` that is no store."""
    if kind == "file":
        write("gate", b"")
    elif kind == "fifo":
        os.mkfifo("gate")
    elif kind == "empty":
        Path("gate").mkdir()
    elif kind != "nothing":
        world.store()
        record = Path("gate/trust.json")
        record.write_bytes(b'{"v": []}' if kind == "garbage" else record.read_bytes()[:-40])


def test_json_is_harmless(run: Run, world: World) -> None:
    """The JSON of every command is one line that parses."""
    world.store()
    for arguments in (("show", "gate", "--json"), ("update", "gate", "--json", write("b.cbor", b"\x1b"))):
        ran = run("trust", *arguments)
        assert json.loads(ran.out)
        assert "\x1b" not in ran.out
