"""Health: what is told of stores and of what is published, to people, plugins and Prometheus."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from authorities import SECONDS, Region
from command_line import PROGRAM, Run, in_folder, runner
from forging import AT, NOW
from healthpass.cli.show import monitoring
from healthpass.health import Check, Level, Limits, Matter, Report, check_ledger, check_published, check_store
from healthpass.ledger import SqliteLedger, publish
from healthpass.store import TrustStore
from listing import BASE, STATUS_NUMBER, StatusOffice, add_office
from test_fetch import Handler, Server, served

TODAY = "2026-11-01T00:30:00Z"
HALF_HOUR = timedelta(minutes=30)
SERIES = re.compile(r'(healthpass_\w+)(\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?\d+)')


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Run the command line in a folder of its own, where all times are UTC."""
    with in_folder(tmp_path) as patched:
        yield runner(capsys, patched)


class Site:
    """An authority with an office that can withdraw, a neighbour whom it recognises, and a gate."""

    def __init__(self) -> None:
        self.region, self.neighbour = Region("CN-33"), Region("CN-31")
        self.office: StatusOffice = add_office(self.region, "CN-33-02.WJW")
        self.region.recognise(self.neighbour)
        self.neighbour.publish()
        self.region.publish()
        self.lists = self.office.status_list([5], life=SECONDS)
        self.store = TrustStore.create("gate")
        self.store.pin_document(self.region.roots[0], digest=self.region.pin.digest, at=NOW)
        self.store.update(self.bundle(), at=NOW)

    def bundle(self) -> bytes:
        """Return all that is published."""
        return self.region.bundle(self.neighbour) + self.lists


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Give a site in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Site()


def told(check: Check, least: Level = Level.WARNING) -> list[tuple[str, str, str]]:
    """Return level, matter and what it is about, of what is no less than a level."""
    return [(one.level, one.matter, one.about) for one in check.findings if one.level.rank >= least.rank]


class TestStore:
    """`check_store`."""

    def test_all_is_well(self, site: Site) -> None:
        """A store that was just updated is ok, and each thing that ends is told with its time."""
        check = check_store("gate", at=NOW + HALF_HOUR)
        assert (check.level, told(check), check.more) == ("ok", [], 0)
        ends = {one.about: one.ends_at for one in check.findings if one.matter is Matter.ENDS}
        assert ends["registry 1 of CN-33"] == NOW + timedelta(days=31)
        assert ends["the first of 1 status lists of CN-33-02.WJW"] == NOW + timedelta(days=1)
        assert "recognition of CN-31 by way of CN-33" in ends
        measured = {(one.gauge, one.about): one.value for one in check.measures}
        assert measured["age-seconds", "lists CN-33-02.WJW"] == 1800
        assert measured["ends-seconds", "registry CN-33"] == 31 * SECONDS - 1800
        os.utime("gate/lock", (AT, AT))
        (age,) = (
            one for one in check_store("gate", at=NOW + HALF_HOUR).measures if one.gauge == "update-age-seconds"
        )
        assert age.value == 1800
        del site

    @pytest.mark.parametrize(
        ("days", "level", "about"),
        [
            (24.5, "warning", "registry 1 of CN-33"),
            (29.5, "critical", "registry 1 of CN-33"),
            (32, "critical", "registry 1 of CN-33"),
            (0.7, "warning", "the first of 1 status lists of CN-33-02.WJW"),
            (0.95, "critical", "the first of 1 status lists of CN-33-02.WJW"),
            (29.5, "warning", "registry 1 of CN-31 by way of CN-33"),
            (32, "warning", "registry 1 of CN-31 by way of CN-33"),
        ],
    )
    def test_what_ends(self, site: Site, days: float, level: str, about: str) -> None:
        """What ends soon is a warning, then critical; of a recognised authority it is a warning at most."""
        check = check_store("gate", at=NOW + timedelta(days=days))
        assert level in [one.level for one in check.findings if one.about == about]
        del site

    def test_limits(self, site: Site) -> None:
        """Limits that are given hold for all that ends."""
        check = check_store("gate", at=NOW, limits=Limits(warn=timedelta(days=2), crit=timedelta(hours=1)))
        assert told(check) == [("warning", "ends", "the first of 1 status lists of CN-33-02.WJW")]
        del site

    def test_a_clock_that_is_behind(self, site: Site) -> None:
        """A clock before a time that an anchor has signed is critical."""
        check = check_store("gate", at=NOW - timedelta(days=3))
        assert ("critical", "clock-behind", "clock") in told(check)
        del site

    def test_what_is_missing(self, site: Site) -> None:
        """No anchor, no registry, no list of an issuer whose codes can be withdrawn: each is told."""
        TrustStore.create("empty")
        assert told(check_store("empty", at=NOW)) == [("critical", "no-anchor", "store")]
        pinned = TrustStore.create("pinned")
        pinned.pin_document(site.region.roots[0], digest=site.region.pin.digest, at=NOW)
        assert told(check_store("pinned", at=NOW)) == [("critical", "no-registry", "CN-33")]
        pinned.update(site.region.bundle(site.neighbour), at=NOW)
        assert told(check_store("pinned", at=NOW)) == [("warning", "no-lists", "CN-33-02.WJW")]

    @pytest.mark.parametrize(("use", "number"), [("credential", 1), ("status", STATUS_NUMBER)])
    def test_a_key_that_ran_out(self, site: Site, use: str, number: int) -> None:
        """The last key of an issuer is told before its end and after it; not for ever, nor if it was retired."""

        def is_told(day: float) -> bool:
            about = ("warning", f"the last {use} key of CN-33-02.WJW")
            check = check_store("gate", at=NOW + timedelta(days=day))
            return about in [(one.level, one.about) for one in check.findings]

        site.office.list(number, valid_until=AT - 20 * SECONDS)
        site.region.publish()
        site.store.update(site.bundle(), at=NOW)
        assert [is_told(day) for day in (-21, 0, 9, 11)] == [True, True, True, False]
        site.office.list(number, valid_until=AT + 20 * SECONDS)
        site.office.retire(number, at=AT + 2 * SECONDS)
        site.region.publish()
        site.store.update(site.bundle(), at=NOW)
        assert [is_told(day) for day in (1.9, 2.1)] == [True, False]

    def test_an_anchor_that_takes_the_word(self, site: Site) -> None:
        """Where an anchor owns the names that another one's neighbour lists, and knows none, that is told."""
        site.neighbour.office("CN-31-01.WJW")
        site.neighbour.publish()
        site.store.update(site.bundle(), at=NOW)
        assert check_store("gate", at=NOW).level == "ok"
        wide = Region("CN")
        wide.publish()
        site.store.pin_document(wide.roots[0], digest=wide.pin.digest, at=NOW)
        site.store.update(wide.bundle(), at=NOW)
        check = check_store("gate", at=NOW)
        assert told(check) == [("warning", "no-speaker", "CN-31 by way of CN-33")]
        assert "nobody speaks for CN-31-01.WJW" in check.findings[0].message

    def test_a_contradiction(self, site: Site) -> None:
        """Two registries of one version are critical for as long as the evidence is kept."""
        other = site.region.publish(version=1, expires=AT + 20 * SECONDS, keep=False)
        site.store.update(other, at=NOW)
        assert ("critical", "contradiction", "CN-33") in told(check_store("gate", at=NOW))

    @pytest.mark.parametrize("harm", ["missing", "record", "state", "link", "folder", "null"])
    def test_a_store_that_cannot_be_read(self, site: Site, harm: str) -> None:
        """A damaged or hostile folder is told, and no error."""
        path = Path("gate")
        match harm:
            case "missing":
                path = Path("nowhere")
            case "null":
                path = Path("a\0b")
            case "record":
                (path / "trust.json").write_bytes(b"[" * 100_000)
            case "state":
                for file in (path / "documents").iterdir():
                    file.write_bytes(b"{}")
            case "link":
                (path / "trust.json").unlink()
                (path / "trust.json").symlink_to("/dev/zero")
            case "folder":
                (path / "trust.json").unlink()
                (path / "trust.json").mkdir()
        check = check_store(path, at=NOW)
        assert told(check) == [("critical", "unreadable", "store")]
        del site


class TestPublished:
    """`check_published`, of files."""

    def test_all_is_well(self, site: Site) -> None:
        """What a store holds already is ok; so is what it has yet to take."""
        Path("b.cbor").write_bytes(site.bundle())
        check = check_published("b.cbor", stores=["gate"], at=NOW)
        assert (check.level, told(check)) == ("ok", [])
        site.region.publish()
        Path("b.cbor").write_bytes(site.bundle())
        before = Path("gate/trust.json").read_bytes()
        assert check_published("b.cbor", stores=["gate"], at=NOW).level == "ok"
        assert Path("gate/trust.json").read_bytes() == before, "nothing was taken"

    def test_older_and_other_documents(self, site: Site) -> None:
        """What is older than a store holds is a warning; another document of one version is critical."""
        old = site.region.registries[0]
        site.store.update(site.region.publish(), at=NOW)
        Path("old.cbor").write_bytes(site.region.roots[0] + old)
        assert ("warning", "older", "registry 2") in told(check_published("old.cbor", stores=["gate"], at=NOW))
        other = site.region.publish(version=2, expires=AT + 20 * SECONDS, keep=False)
        Path("other.cbor").write_bytes(other)
        check = check_published("other.cbor", stores=["gate"], at=NOW)
        assert ("critical", "contradiction", "registry 1") in told(check)

    def test_a_list_that_is_missing(self, site: Site) -> None:
        """A list that a store holds and the lists' source lacks is told; a registry without lists is no fault."""
        site.store.update(site.office.status_list(number=4, life=SECONDS), at=NOW)
        Path("lists.cbor").write_bytes(site.lists)
        check = check_published("lists.cbor", stores=["gate"], at=NOW)
        assert [(one.matter, one.message) for one in check.findings if one.level is Level.WARNING] == [
            ("list-missing", "list 4 of CN-33-02.WJW, which gate holds, is not published")
        ]
        Path("registry.cbor").write_bytes(site.region.bundle(site.neighbour))
        assert check_published("registry.cbor", stores=["gate"], at=NOW).level == "ok"

    def test_what_ends(self, site: Site) -> None:
        """Without a store all is told as it says of itself; with one, a neighbour's end is a warning."""
        Path("b.cbor").write_bytes(site.bundle())
        late = NOW + timedelta(days=32)
        assert ("critical", "ended", "registry 1 of CN-31") in told(check_published("b.cbor", at=late))
        check = check_published("b.cbor", stores=["gate"], at=late)
        assert ("warning", "ended", "registry 1 of CN-31") in told(check)
        assert ("critical", "ended", f"the first of 1 status lists of {BASE}") in told(check)

    def test_junk(self, site: Site) -> None:
        """A page in place of a bundle, an empty file, a folder without files, and what is for others."""
        Path("page.cbor").write_bytes(b"<html>please log in</html>")
        assert {one[1] for one in told(check_published("page.cbor", at=NOW))} == {"refused", "nothing"}
        Path("empty.cbor").write_bytes(b"")
        assert told(check_published("empty.cbor", at=NOW)) == [("critical", "unreadable", "file")]
        Path("in").mkdir()
        assert told(check_published("in", at=NOW)) == [("critical", "unreadable", "published")]
        Path("others.cbor").write_bytes(Region("CN-44").bundle())
        check = check_published("others.cbor", stores=["gate"], at=NOW)
        assert ("warning", "refused", "gate") in told(check)
        del site

    def test_findings_are_bounded(self, site: Site) -> None:
        """However many documents are bad, a hundred findings are told and the rest is counted."""
        Path("in").mkdir()
        for number in range(300):
            Path(f"in/{number}.cbor").write_bytes(b"junk")
        check = check_published("in", stores=["gate"], at=NOW)
        assert len(check.findings) == 100
        assert check.more > 400
        assert len(check.model_dump_json()) < 100_000
        del site


class TestLedger:
    """`check_ledger`, and what is published compared with a ledger."""

    @pytest.fixture
    def ledger(self, site: Site) -> Iterator[SqliteLedger]:
        """Give the ledger of the site's office."""
        with SqliteLedger.create("ledger", "CN-33-02.WJW", at=NOW) as made:
            yield made
        del site

    def published(self, site: Site, ledger: SqliteLedger, at: datetime) -> bytes:
        """Publish for six hours."""
        signed = publish(ledger, BASE, site.office.key(STATUS_NUMBER), at=at, lifetime=timedelta(hours=6))
        ledger.keep_published(signed)
        return b"".join(signed.values())

    def test_what_was_published_ends(self, site: Site, ledger: SqliteLedger) -> None:
        """A job that no longer publishes is told before gates notice."""
        assert told(check_ledger("ledger", at=NOW)) == [("warning", "not-published", "ledger")]
        self.published(site, ledger, NOW)
        check = check_ledger("ledger", at=NOW + HALF_HOUR)
        assert (check.level, told(check)) == ("ok", [])
        measured = {(one.gauge, one.about): one.value for one in check.measures}
        assert measured["age-seconds", ""] == 1800
        assert measured["ends-seconds", "lists CN-33-02.WJW"] == 5.5 * 3600
        title = "the first of the published status lists of CN-33-02.WJW"
        for hours, expected in ((4.5, ("warning", "ends", title)), (7, ("critical", "ended", title))):
            assert told(check_ledger("ledger", at=NOW + timedelta(hours=hours))) == [expected]
        behind = told(check_ledger("ledger", at=NOW - timedelta(hours=1)))
        assert ("critical", "clock-behind", "clock") in behind

    def test_a_second_ledger_of_the_issuer(self, site: Site, ledger: SqliteLedger) -> None:
        """Two hosts that publish by timers of the same minute are found by the seconds between them."""
        self.published(site, ledger, NOW)
        shutil.copytree("ledger", "other", copy_function=shutil.copyfile)
        os.chmod("other", 0o700)  # noqa: PTH101
        with SqliteLedger("other") as other:
            self.published(site, other, NOW + HALF_HOUR)
        later = self.published(site, ledger, NOW + HALF_HOUR + timedelta(seconds=2))
        Path("lists.cbor").write_bytes(later)
        for name, expected in (("ledger", []), ("other", [("critical", "went-back", "CN-33-02.WJW")])):
            check = check_published(
                "lists.cbor", stores=["gate"], ledgers=[name], at=NOW + HALF_HOUR + timedelta(seconds=9)
            )
            assert told(check, Level.CRITICAL) == expected

    def test_a_copy_that_was_put_back(self, site: Site, ledger: SqliteLedger) -> None:
        """A ledger that knows less than before is critical; so are lists that it does not know of."""
        shutil.copytree("ledger", "before", copy_function=shutil.copyfile)
        os.chmod("before", 0o700)  # noqa: PTH101
        Path("lists.cbor").write_bytes(self.published(site, ledger, NOW + HALF_HOUR))
        at = NOW + 2 * HALF_HOUR
        check = check_published("lists.cbor", stores=["gate"], ledgers=["ledger"], at=at)
        assert told(check, Level.CRITICAL) == []
        check = check_published("lists.cbor", stores=["gate"], ledgers=["before"], at=at)
        assert told(check, Level.CRITICAL) == [("critical", "went-back", "CN-33-02.WJW")]
        ledger.close()
        shutil.copyfile("before/ledger.db", "ledger/ledger.db")
        for more in Path("ledger").glob("ledger.db-*"):
            more.unlink()
        assert ("critical", "went-back", "ledger") in told(check_ledger("ledger", at=at))

    def test_an_address_that_was_left_behind(self, site: Site, ledger: SqliteLedger) -> None:
        """What is published and does not reach its address is critical, after the time that it may take."""
        Path("lists.cbor").write_bytes(self.published(site, ledger, NOW))
        self.published(site, ledger, NOW + HALF_HOUR)
        later = NOW + HALF_HOUR + timedelta(minutes=5)
        assert told(check_published("lists.cbor", ledgers=["ledger"], at=later)) == []
        check = check_published("lists.cbor", ledgers=["ledger"], at=later + HALF_HOUR)
        assert told(check) == [("critical", "older", "CN-33-02.WJW")]

    @pytest.mark.parametrize("harm", ["missing", "folder", "damaged", "null"])
    def test_a_ledger_that_cannot_be_read(self, ledger: SqliteLedger, harm: str) -> None:
        """A damaged or hostile folder is told, and no error."""
        ledger.close()
        path = {"missing": "nowhere", "folder": "gate", "null": "a\0b"}.get(harm, "ledger")
        if harm == "damaged":
            Path("ledger/ledger.db").write_bytes(b"not a database" * 1000)
        assert told(check_ledger(path, at=NOW)) == [("critical", "unreadable", "ledger")]

    def test_the_command(self, run: Run, site: Site, ledger: SqliteLedger) -> None:
        """A ledger is checked beside the others."""
        self.published(site, ledger, NOW)
        ran = run("health", "--ledger", "ledger", "--store", "gate", "--at", TODAY, "--json")
        assert (ran.code, [one["what"] for one in ran.json()["checks"]]) == (0, ["store", "ledger"])
        numbers = run("health", "--ledger", "ledger", "--at", TODAY).out.splitlines()[0].partition(" | ")[2]
        assert re.fullmatch(
            "'ledger lists'=[0-9]+ "
            "'ledger free-lists'=[0-9]+ 'ledger age-seconds'=1800s 'ledger lists-ends'=[0-9]+s",
            numbers,
        )


class TestAddress:
    """`check_published`, of an address."""

    @pytest.fixture
    def address(self, site: Site) -> Iterator[tuple[Site, Server]]:
        """Give a site, and a server that publishes for it."""
        with served(Server()) as server:
            server.answer = lambda handler: handler.reply(site.bundle())
            yield site, server

    def test_the_clock_of_the_address(self, address: tuple[Site, Server]) -> None:
        """The clock here is compared with the answer's `Date`, and with how long a cache has kept it."""
        _, server = address
        check = check_published(server.url, stores=["gate"], at=None)
        measured = {one.gauge: one.value for one in check.measures if not one.about}
        assert abs(measured["clock-ahead-seconds"]) < 30, "both are this machine's"
        assert not [one for one in check.findings if one.matter is Matter.CLOCK_OFF]

    @pytest.mark.parametrize(
        ("days", "headers", "level"),
        [
            (40, {}, "critical"),
            (-40, {}, "critical"),
            (0, {"Age": "86400"}, "critical"),
            (0, {"Age": "9" * 5000}, "ok"),
            (0, {"Age": "a while"}, "ok"),
        ],
    )
    def test_a_clock_that_differs(
        self, address: tuple[Site, Server], days: int, headers: dict[str, str], level: str
    ) -> None:
        """A clock that is far from the address's is told, whichever of both is wrong."""
        site, server = address
        at = NOW + timedelta(days=days)

        def answer(handler: Handler) -> None:
            handler.send_response_only(200)
            handler.send_header("Date", format_datetime(NOW, usegmt=True))
            for name, value in headers.items():
                handler.send_header(name, value)
            body = site.bundle()
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        server.answer = answer
        check = check_published(server.url, at=at)
        assert [one.level for one in check.findings if one.matter is Matter.CLOCK_OFF] == [level] * (level != "ok")

    @pytest.mark.parametrize(
        "how", ["slow", "endless", "circles", "elsewhere", "broken", "empty", "closed", "teapot"]
    )
    def test_a_hostile_address(  # noqa: C901 - one answer each
        self, address: tuple[Site, Server], how: str
    ) -> None:
        """Whatever an address does, the check ends, and says that it cannot be reached."""
        _, server = address
        over = threading.Event()

        def answer(handler: Handler) -> None:
            match how:
                case "slow":
                    over.wait(20)
                case "endless":
                    handler.reply(b"", length=1 << 20)
                    with contextlib.suppress(OSError):
                        while not over.wait(0.05):
                            handler.wfile.write(b"x")
                case "circles":
                    handler.reply(b"", 302, Location="/bundle")
                case "elsewhere":
                    handler.reply(b"", 302, Location="http://169.254.169.254/")
                case "broken":
                    handler.reply(b"abc", length=100)
                case "empty":
                    handler.reply(b"")
                case "teapot":
                    handler.reply(b"", 418)

        server.answer = answer
        url = server.url
        if how == "closed":
            url = "https://user:password@127.0.0.1/x"
        try:
            check = check_published(url, stores=["gate"], at=NOW, timeout=timedelta(seconds=1))
        finally:
            over.set()
        assert told(check) == [("critical", "unreachable", "address")]
        assert "password@" not in check.findings[0].message


class TestCommand:
    """`healthpass health`."""

    @pytest.mark.parametrize(
        ("at", "code", "word"),
        [(TODAY, 0, "OK"), ("2026-11-01T17:00:00Z", 1, "WARNING"), ("2026-12-10T00:00:00Z", 2, "CRITICAL")],
    )
    def test_as_a_plugin(self, run: Run, site: Site, at: str, code: int, word: str) -> None:
        """The first line has the level, the worst finding and performance data; the exit code is the level's."""
        ran = run("health", "--store", "gate", "--at", at)
        assert (ran.code, ran.err) == (code, "")
        first = ran.out.splitlines()[0]
        assert re.fullmatch(rf"HEALTHPASS {word} - store gate: [^|]+ \| ('[^']+'=-?\d+s? ?)+", first)
        del site

    def test_json(self, run: Run, site: Site) -> None:
        """One object for all that was checked, of the published form."""
        Path("b.cbor").write_bytes(site.bundle())
        ran = run("health", "--store", "gate", "--published", "b.cbor", "--at", TODAY, "--json")
        record = ran.json()
        assert (ran.code, record["v"], record["level"]) == (0, 1, "ok")
        assert [(one["what"], one["name"]) for one in record["checks"]] == [
            ("store", "gate"),
            ("published", "b.cbor"),
        ]
        assert Report.model_validate_json(ran.out).level is Level.OK

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("--nonsense",),
            ("--store",),
            ("--store", "gate", "--warn", "1h", "--crit", "2h"),
            ("--warn", "x"),
            ("--store", "gate", "--timeout", "2d"),
            ("--store", "gate") * 65,
        ],
        ids=str,
    )
    def test_wrong_usage_is_unknown(self, run: Run, site: Site, arguments: tuple[str, ...]) -> None:
        """Exit code 2 would be an alarm about what was never looked at."""
        ran = run("health", *arguments)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: ")
        del site

    def test_prometheus(self, run: Run, site: Site) -> None:
        """The file is replaced in one step, has help and type for each family, and each series once."""
        Path("out.prom").write_text("old")
        ran = run("health", *("--store", "gate") * 2, "--at", TODAY, "--prometheus", "out.prom")
        assert ran.code == 0
        check_exposition(Path("out.prom").read_text("utf-8"))
        assert 'healthpass_level{what="store",name="gate"} 0\n' in Path("out.prom").read_text("utf-8")
        assert sorted(path.name for path in Path().iterdir()) == ["gate", "out.prom"]
        assert run("health", "--store", "gate", "--prometheus", "nowhere/x.prom").code == 3
        del site

    def test_names_that_would_steer(self, run: Run, site: Site) -> None:
        """A name with a quote, a line break, a bar or bytes that are no UTF-8 breaks neither form."""
        name = os.fsdecode(b'a"b\\|\n\x1b[31m\xff')
        os.rename("gate", name)  # noqa: PTH104
        ran = run("health", "--store", name, "--at", TODAY, "--prometheus", "out.prom")
        assert ran.code == 0
        assert ran.out.splitlines()[0].count("|") == 1
        assert "\x1b" not in ran.out
        check_exposition(Path("out.prom").read_bytes().decode("utf-8"))
        printed = run("health", "--store", name, "--at", TODAY, "--json").out
        (check,) = json.loads(printed.encode("utf-8"))["checks"]
        assert "udcff" in check["name"].encode("utf-8").decode(), (
            "it is written out, since UTF-8 has no such character"
        )
        del site

    def test_no_personal_data(self, run: Run, site: Site) -> None:
        """Neither a holder nor which codes are withdrawn is told."""
        ran = run("health", "--store", "gate", "--at", TODAY, "--prometheus", "out.prom", "--json")
        for text in (ran.out, Path("out.prom").read_text("utf-8")):
            assert "张" not in text
            assert "index" not in text
        del site


def check_exposition(text: str) -> None:
    """Check the text format of Prometheus: families with help and type, valid lines, no series twice."""
    families, seen = set(), set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if found := re.fullmatch(r"# (HELP|TYPE) (\w+) (.+)", line):
            assert found[1] == "HELP" or found[3] == "gauge"
            families.add((found[1], found[2]))
            continue
        sample = SERIES.fullmatch(line)
        assert sample, line
        assert {("HELP", sample[1]), ("TYPE", sample[1])} <= families
        assert sample.group(1, 2) not in seen
        seen.add(sample.group(1, 2))
    assert seen


class TestClock:
    """A machine whose clock is wrong, with the program `faketime`."""

    @pytest.mark.skipif(not shutil.which("faketime"), reason="the program faketime is not installed")
    def test_an_update_by_a_clock_that_is_ahead(self, site: Site) -> None:
        """It names the clock, does not leave with 0, and asks for all of it again once the clock is right."""

        def by_clock(day: str, *arguments: str) -> subprocess.CompletedProcess[str]:
            clock = ("faketime", f"{day} 00:30:00", *PROGRAM)
            environment = {**os.environ, "TZ": "UTC"}
            command = [*clock, *arguments]
            return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

        def answer(handler: Handler) -> None:
            known = handler.headers.get("If-None-Match")
            body = b"" if known else site.region.bundle(site.neighbour)
            handler.send_response_only(304 if known else 200)
            handler.send_header("Date", "Sun, 01 Nov 2026 00:30:00 GMT")
            handler.send_header("ETag", '"1"')
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        store = TrustStore.create("new")
        store.pin("CN-33", version=1, digest=site.region.pin.digest)
        with served(Server()) as server:
            server.answer = answer
            ahead = by_clock("2026-12-11", "trust", "update", "new", server.url)
            assert ahead.returncode == 3
            assert "the clock of this machine is 3,456,0" in ahead.stderr
            assert "hint: compare the clock of this machine, which says 2026-12-11 00:30" in ahead.stderr
            told = by_clock("2026-12-11", "health", "--store", "new", "--published", server.url)
            assert told.returncode == 2
            assert "the clock here is 40 days ahead of that of the address" in told.stdout
            right = by_clock("2026-11-01", "trust", "update", "new", server.url)
            assert right.returncode == 0
            assert right.stderr == "healthpass: warning: no status list of CN-33-02.WJW is held\n"
            assert "If-None-Match" not in server.asked[-1]
            by_clock("2026-11-01", "trust", "update", "new", server.url)
            assert server.asked[-1]["If-None-Match"] == '"1"'


@pytest.mark.parametrize("page", ["monitoring.md", "monitoring.zh.md"])
def test_the_page_has_each_matter_and_each_metric(page: str) -> None:
    """What can alarm somebody at night is explained, and nothing else."""
    text = (Path(__file__).parents[1] / "docs" / page).read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) == set(Matter)
    assert set(re.findall(r"`healthpass_(\w+)", text)) == set(monitoring.HELPS)
