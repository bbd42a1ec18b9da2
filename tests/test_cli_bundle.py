"""`healthpass bundle`: what files and stores hold, and one file for a gate without a network."""

import os
import subprocess
from pathlib import Path

import pytest

from authorities import SECONDS, Region, digest_of, flipped, signed, states_of
from command_line import PROGRAM, Ran, Run, runner
from drafts import key, request
from forging import AT, NOW
from healthpass import SigningKey
from healthpass.documents._document import Kind
from healthpass.documents._status_list import SignedList
from healthpass.documents._status_list import parse as parse_list
from healthpass.store import TrustStore, _bundling
from listing import BASE, STATUS_NUMBER, StatusOffice, add_office

TODAY = "2026-11-01T00:30:00Z"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    run = runner(capsys, monkeypatch)

    def at_a_time(command: str, *arguments: str, **options: bytes) -> Ran:
        return run(command, *arguments, *(("--at", TODAY) if command == "bundle" else ()), **options)

    return at_a_time


@pytest.fixture
def region() -> Region:
    """Return a region with two roots and two registries."""
    region = Region("CN-33")
    region.office("CN-33-01.WJW")
    region.publish()
    region.rotate()
    region.publish()
    return region


def write(path: str, data: bytes) -> str:
    """Write a file, and return its name."""
    Path(path).write_bytes(data)
    return path


def store_of(region: Region, path: str) -> TrustStore:
    """Make a store that has all news of a region."""
    store = TrustStore.create(path)
    store.pin_document(region.roots[0], digest=digest_of(region.roots[0]), at=NOW)
    store.update(region.bundle(), at=NOW)
    return store


class TestStores:
    """What a store holds, as far as it fits."""

    def test_what_does_not_fit_is_told(self, run: Run, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """The bundle of a store that holds too much is written with what fits, and what is left out is told."""
        other = Region("CN-31")
        other.publish()
        region.recognise(other)
        region.publish()
        store_of(region, "gate").update(other.bundle(), at=NOW)
        monkeypatch.setattr(_bundling, "DOCUMENT_LIMIT", 4)
        ran = run("bundle", "gate", "--out", "stick.cbor", "--json")
        assert ran.code == 1
        assert Path("stick.cbor").read_bytes() == region.bundle()
        assert ran.json()["problems"] == ["'gate' holds more than a bundle may: CN-33 → CN-31 is left out"]
        assert ran.err == "healthpass: error: 'gate' holds more than a bundle may: CN-33 → CN-31 is left out\n"


class TestShow:
    """Listing what sources hold."""

    def test_lists_documents(self, run: Run, region: Region) -> None:
        """A line for each document, under the warning that nobody has verified it."""
        ran = run("bundle", write("b.cbor", b"".join([*region.registries, *region.roots])))
        assert (ran.code, ran.err) == (0, "")
        warning, *lines = ran.out.splitlines()
        assert warning.startswith("NOT VERIFIED")
        assert [line.split()[:2] for line in lines] == [
            [kind, f"{digest_of(document).hex()[:12]}…"]
            for kind, document in (
                ("root", region.roots[0]),
                ("root", region.roots[1]),
                ("registry", region.registries[0]),
                ("registry", region.registries[1]),
            )
        ]
        assert "CN-33, epoch 1, version 2, production, until 2027-12-06" in lines[1]

    def test_json(self, run: Run, region: Region) -> None:
        """The JSON calls what a document says a claim."""
        (document,) = run("bundle", "--json", write("b.cbor", region.roots[1])).json()["documents"]
        assert document["kind"] == "application/vnd.healthpass.root+cose"
        assert document["sha256"] == digest_of(region.roots[1]).hex()
        assert len(document["signed_by"]) == 2
        assert document["claimed"]["version"] == 2
        assert document["claimed"]["issued_at"] == "2026-11-01T00:00:00Z"

    def test_a_document_that_breaks_a_rule(self, run: Run) -> None:
        """A payload that cannot be read is told, and nothing of it is."""
        bad = signed(Kind.ROOT, b"\x1b[2J" * 10, [SigningKey.generate()])
        ran = run("bundle", write("b.cbor", bad))
        assert ran.code == 0
        assert "what it says breaks a rule" in ran.out
        assert "\x1b" not in ran.out

    def test_a_key_request(self, run: Run) -> None:
        """A request is told by who asks whom, and not by its thumbprint."""
        ran = run("bundle", write("r.cbor", request(20).sign(key(20))))
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines()[1].split(maxsplit=2) == [
            "request",
            "—",
            "of CN-33-01.WJW to CN-33, production, until 2026-11-25",
        ]
        claimed = run("bundle", "r.cbor", "--json").json()["documents"][0]["claimed"]
        assert (claimed["issuer"], claimed["use"]) == ("CN-33-01.WJW", "credential")

    @pytest.mark.parametrize("data", [b"garbage", b"\xd8\x62\x84", os.urandom(400)])
    def test_garbage(self, run: Run, region: Region, data: bytes) -> None:
        """What stands before garbage is listed, and the exit code is 1."""
        ran = run("bundle", write("b.cbor", region.roots[0] + data))
        assert ran.code == 1
        assert len(ran.out.splitlines()) == 2
        assert "malformed-envelope" in ran.err
        (problem,) = run("bundle", "--json", "b.cbor").json()["problems"]
        assert problem.startswith("'b.cbor': malformed-envelope")

    def test_a_broken_pipe(self, run: Run, region: Region) -> None:
        """Whoever reads may stop reading."""
        del run  # for its folder
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as pipe:  # noqa: PTH123 - a descriptor
            arguments = [*PROGRAM, "bundle", write("b.cbor", region.bundle())]
            ran = subprocess.run(arguments, stdout=pipe, stderr=subprocess.PIPE, check=False)
        assert (ran.returncode, ran.stderr) == (141, b"")


class TestLists:
    """Status lists, which come last."""

    @pytest.fixture
    def office(self, region: Region) -> StatusOffice:
        """Return an office that can withdraw codes, and which the registry lists."""
        office = add_office(region, "CN-33-02.WJW")
        region.publish()
        return office

    def test_lists(self, run: Run, region: Region, office: StatusOffice) -> None:
        """A list is told by its address and its times."""
        data = office.status_list() + region.registries[0]
        ran = run("bundle", write("b.cbor", data))
        assert (ran.code, ran.err) == (0, "")
        digest = parse_list(office.status_list()).digest.hex()
        assert ran.out.splitlines()[2].startswith(f"list      {digest[:12]}…  {BASE}/3, of 2026-")
        listed = run("bundle", "--json", "b.cbor").json()["documents"][1]
        assert listed["signed_by"] == [office.key(STATUS_NUMBER).public_key.kid.hex()]
        assert listed["claimed"] == {
            "address": f"{BASE}/3",
            "list": 3,
            "issued_at": "2026-11-01T00:00:00Z",
            "expires_at": "2026-11-01T01:00:00Z",
        }

    def test_a_list_that_breaks_a_rule(self, run: Run) -> None:
        """A payload that cannot be read is told, and nothing of it is; other bytes are malformed."""
        bad = bytes(SignedList(bytes(8), b"\x1b[2J" * 10, bytes(64)))
        ran = run("bundle", write("b.cbor", bad))
        assert ran.code == 0
        assert "what it says breaks a rule" in ran.out
        assert "\x1b" not in ran.out
        assert run("bundle", write("b.cbor", bad[:-1])).code == 1

    def test_join(self, run: Run, region: Region, office: StatusOffice) -> None:
        """Lists stand after the registries, by address, number and time."""
        lists = [office.status_list(number=number) for number in (2, 10)] + [
            office.status_list(number=10, issued=AT + 1)
        ]
        Path("lists").mkdir()
        for place, data in enumerate(reversed(lists)):
            write(f"lists/{place}.cbor", data)
        assert run("bundle", "lists", write("b.cbor", region.bundle()), "--out", "all.cbor").code == 0
        assert Path("all.cbor").read_bytes() == region.bundle() + b"".join(lists)

    def test_a_store(self, run: Run, region: Region, office: StatusOffice) -> None:
        """What a store holds goes to another gate with its lists."""
        store_of(region, "gate").update(office.status_list([5]), at=NOW)
        assert run("bundle", "gate", "--out", "gate.cbor").code == 0
        pin = ("--authority", "CN-33", "--version", "1", "--thumbprint", digest_of(region.roots[0]).hex())
        run("trust", "pin", "other", *pin)
        ran = run("trust", "update", "other", "gate.cbor", "--at", TODAY)
        assert (ran.code, ran.out.splitlines()[-1]) == (0, "4 applied, 0 held already, 0 refused")
        assert states_of(TrustStore.open("other")) == states_of(TrustStore.open("gate"))

    def test_limits(self, run: Run, region: Region, office: StatusOffice, monkeypatch: pytest.MonkeyPatch) -> None:
        """Documents and lists are counted apart."""
        lists = b"".join(office.status_list(number=number) for number in range(3))
        monkeypatch.setattr(_bundling, "DOCUMENT_LIMIT", 3)
        monkeypatch.setattr(_bundling, "LIST_LIMIT", 3)
        joining = ("bundle", write("b.cbor", region.bundle()), write("l.cbor", lists), "--out")
        assert run(*joining, "one.cbor").code == 0
        monkeypatch.setattr(_bundling, "LIST_LIMIT", 2)
        ran = run(*joining, "two.cbor")
        assert (ran.code, ran.out) == (2, "")
        assert "at most 3 documents of 67,108,864 bytes, and 2 status lists of 268,435,456 bytes" in ran.err


class TestJoin:
    """`--out`: one file."""

    def test_a_store(self, run: Run, region: Region) -> None:
        """All that a store holds, so that another gate can be given it."""
        store_of(region, "gate")
        assert run("bundle", "gate", "--out", "gate.cbor").code == 0
        pin = ("--authority", "CN-33", "--version", "1", "--thumbprint", digest_of(region.roots[0]).hex())
        run("trust", "pin", "other", *pin)
        ran = run("trust", "update", "other", "gate.cbor", "--at", TODAY)
        assert ran.code == 0
        assert ran.out.endswith("3 applied, 0 held already, 0 refused\n")
        assert states_of(TrustStore.open("other")) == states_of(TrustStore.open("gate"))

    def test_joins_in_order(self, run: Run, region: Region) -> None:
        """Roots by version before registries, each once, from stores, files and folders alike."""
        store_of(region, "gate")
        other = Region("CN-31")
        other.publish()
        Path("folder").mkdir()
        write("folder/two.cbor", region.registries[0] + region.roots[1])
        write("other.cbor", other.registries[0] + other.roots[0])
        assert run("bundle", "gate", "other.cbor", "folder", "--out", "all.cbor").code == 0
        expected = [*other.roots, *region.roots, *other.registries, *region.registries]
        assert Path("all.cbor").read_bytes() == b"".join(expected)

    def test_nothing_is_overwritten(self, run: Run, region: Region) -> None:
        """A file that exists stays."""
        write("all.cbor", b"mine")
        ran = run("bundle", write("b.cbor", region.bundle()), "--out", "all.cbor")
        assert (ran.code, ran.out) == (2, "")
        assert Path("all.cbor").read_bytes() == b"mine"

    def test_what_is_bad_keeps_nothing_else_out(self, run: Run, region: Region) -> None:
        """What is malformed, missing, or kept by no store is named, and the rest is joined (attack 55)."""
        request = signed(Kind.KEY_REQUEST, bytes(40), [SigningKey.generate()])
        good = write("good.cbor", region.bundle())
        for number, (name, data, code) in enumerate(
            [
                ("cut.cbor", region.roots[0][:-3], 1),
                ("request.cbor", request, 1),
                ("flipped.cbor", flipped(region.roots[0], 0), 1),
                ("empty.cbor", b"", 3),
                ("missing.cbor", None, 3),
            ]
        ):
            bad = name if data is None else write(name, data)
            ran = run("bundle", bad, good, "--out", f"{number}.cbor")
            assert ran.code == code
            assert f"'{name}'" in ran.err
            assert Path(f"{number}.cbor").read_bytes() == region.bundle()
            assert run("bundle", bad, "--out", "nothing.cbor").code in {1, 2, 3}
            assert not Path("nothing.cbor").exists()

    def test_what_a_store_would_refuse(self, run: Run, region: Region) -> None:
        """A changed byte, a forgery, an expired registry and one of an epoch that ended are named and left out."""
        good = write("good.cbor", region.bundle())
        stranger = [SigningKey.generate()]
        late = region.publish(version=9, issued=AT - 40 * SECONDS, expires=AT - 20 * SECONDS, keep=False)
        for number, (bad, why) in enumerate(
            [
                (flipped(region.registries[-1], -1), "unknown-signer"),
                (flipped(region.registries[-1], 100), "unknown-signer: it was changed, or none"),
                (region.publish(by=stranger, keep=False), "unknown-signer"),
                (late, "expired: it expired at"),
            ]
        ):
            ran = run("bundle", write(f"bad{number}.cbor", bad), good, "--out", f"{number}.cbor")
            assert ran.code == 1
            assert f"'bad{number}.cbor': registry" in ran.err
            assert why in ran.err
            assert Path(f"{number}.cbor").read_bytes() == region.bundle()

    def test_a_missing_root(self, run: Run) -> None:
        """A root that is missing between two others is named; what stands after it is joined all the same."""
        region = Region("CN-33")
        for keys in ((2, 3, 4), (4, 5, 6)):
            region.rotate(root_keys=keys)
        region.publish()
        parts = [region.roots[0], region.roots[2], region.registries[0]]
        ran = run("bundle", write("b.cbor", b"".join(parts)), "--out", "all.cbor")
        assert ran.code == 1
        assert "root 2 is missing, of CN-33" in ran.err
        assert Path("all.cbor").read_bytes() == b"".join(parts)

    def test_a_flipped_list(self, run: Run, region: Region) -> None:
        """A status list that was changed is left out where the registry stands beside it."""
        office = add_office(region, "CN-33-02.WJW")
        region.publish()
        good, bad = office.status_list(number=1), flipped(office.status_list(number=2), -1)
        ran = run("bundle", write("b.cbor", region.bundle() + good + bad), "--out", "all.cbor")
        assert ran.code == 1
        assert "'b.cbor': status list: bad-signature" in ran.err
        assert Path("all.cbor").read_bytes() == region.bundle() + good
        assert run("bundle", write("l.cbor", good + bad), "--out", "lists.cbor").code == 0

    @pytest.mark.parametrize("source", ["nothing.cbor", "fifo", "empty", "huge.cbor", "spoilt", "a\0b", "\x1b[2J"])
    def test_unreadable(self, run: Run, source: str) -> None:
        """What cannot be read is exit code 3, in a line that is harmless."""
        os.mkfifo("fifo")
        Path("empty").mkdir()
        Path("spoilt").mkdir()
        write("spoilt/trust.json", b"{}")
        with Path("huge.cbor").open("wb") as file:
            file.truncate(1 << 40)
        ran = run("bundle", source, "--out", "all.cbor")
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: ")
        assert "\x1b" not in ran.err
        assert not Path("all.cbor").exists()
