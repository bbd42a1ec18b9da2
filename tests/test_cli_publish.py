"""`healthpass registry publish`: from the source to what the web server shows, in one command."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from authorities import Region, flipped
from command_line import Run, runner
from healthpass import SigningKey
from healthpass.authority import Kind, RegistryDocument, Root, open_document
from healthpass.documents._opened import OpenedDocument, open_bundle
from healthpass.trust._held import Pin
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from listing import add_office

AT = "2026-10-20T00:00:00Z"
SOON = "2026-10-21T00:00:00Z"
LATER = "2026-11-01T00:00:00Z"
SECONDS = 1_793_577_600  # 2026-11-02T00:00:00Z
NAMES = ("--name-zh", "浙江省", "--name-en", "Zhejiang")
PUBLISH = ("registry", "publish", "registry.json", "--published", "site")
KNOWN_AS = ("--name-zh", "上海市", "--name-en", "Shanghai")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Write the keys of two people and three machines, a root, and an empty registry that one machine signs."""
    monkeypatch.chdir(tmp_path)
    run = runner(capsys, monkeypatch)
    for name in "abmno":
        key = SigningKey.from_seed(name.encode() * 32)
        Path(f"{name}.pem").write_text(key.to_pem())
        Path(f"{name}.pub").write_text(key.public_key.to_pem())
    root(run, "m")
    new = ("registry", "new", "root-1.cbor", *NAMES, "--valid-for", "28d", "--at", AT, "--out", "registry.json")
    assert run(*new).code == 0
    return run


@pytest.fixture
def first(run: Run) -> Run:
    """Publish the first registry."""
    assert run(*PUBLISH, "--key", "m.pem", "--root", "root-1.cbor", "--at", AT).code == 0
    return run


def root(run: Run, *machines: str) -> None:
    """Write root-1.cbor, under which all these machines sign."""
    for name in ("root.json", "root-1.cbor"):
        Path(name).unlink(missing_ok=True)
    keys = [part for name in machines for part in ("--registry-key", f"{name}.pub")]
    people = ("--root-key", "a.pub", "--root-key", "b.pub", "--root-threshold", "2")
    thresholds = ("--registry-threshold", str(len(machines)), "--valid-for", "400d")
    assert (
        run("authority", "new", "CN-33", *people, *keys, *thresholds, "--at", AT, "--out", "root.json").code == 0
    )
    for name in "ab":
        assert run("authority", "sign", "root.json", "--key", f"{name}.pem", "--out", "root-1.cbor").code == 0


def site() -> dict[str, bytes]:
    """Return what is published."""
    return {path.name: path.read_bytes() for path in Path("site").iterdir()} if Path("site").exists() else {}


def everything() -> dict[str, bytes]:
    """Return every file."""
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def bundled() -> list[str]:
    """Return which documents are in the bundle."""
    found = []
    for one in open_bundle(site()["bundle.cbor"]):
        assert isinstance(one, OpenedDocument)
        assert isinstance(one.claims, Root | RegistryDocument)
        found.append(f"{one.kind.label} {one.claims.authority} {one.claims.version}")
    return found


def version(path: str = "site/registry.cbor") -> int:
    """Return the version of a document."""
    return open_document(Path(path).read_bytes()).content.version


def edit(**changes: Any) -> None:
    """Change the source as an editor does."""
    source = json.loads(Path("registry.json").read_text(encoding="utf-8"))
    Path("registry.json").write_text(json.dumps(source | changes, ensure_ascii=False), encoding="utf-8")


def gate_takes(bundle: bytes) -> RegistryDocument:
    """Let a gate take a bundle that has pinned the first root; return its registry."""
    trust = Trust()
    first = open_document(Path("root-1.cbor").read_bytes())
    trust.pin(Pin(first.content.authority, 1, first.digest))
    for result in updated(trust, bundle, at=SECONDS):
        assert result.outcome.kind == "done", result
    usable = trust.states[0].usable
    assert usable
    content = open_document(usable.document).content
    assert isinstance(content, RegistryDocument)
    return content


def rename(name: str) -> None:
    """Change one word in the source."""
    source = json.loads(Path("registry.json").read_text(encoding="utf-8"))
    edit(names=source["names"] | {"en": name})


class TestRoutine:
    """What an officer types every two weeks."""

    def test_the_first(self, first: Run) -> None:
        """The first publication takes the root along, and keeps the signed document beside the source."""
        del first
        assert sorted(site()) == ["bundle.cbor", "registry.cbor", "root-1.cbor"]
        assert bundled() == ["root CN-33 1", "registry CN-33 1"]
        assert site()["registry.cbor"] == Path("registry-1.cbor").read_bytes()
        assert gate_takes(site()["bundle.cbor"]).version == 1

    def test_one_command(self, first: Run) -> None:
        """One command makes the next version, signs it, and replaces the registry and the bundle."""
        before = open_document(site()["registry.cbor"])
        rename("Zhejiang Province")
        ran = first(*PUBLISH, "--key", "m.pem", "--valid-for", "14d", "--at", LATER)
        assert (ran.code, ran.err) == (0, "")
        assert "- name in English: Zhejiang → Zhejiang Province" in ran.out
        taken = gate_takes(site()["bundle.cbor"])
        assert (taken.version, taken.previous, taken.names.en) == (2, before.digest, "Zhejiang Province")
        assert (taken.expires - taken.issued).days == 14
        assert open_document(site()["registry.cbor"]).content == taken
        assert site()["registry.cbor"] == Path("registry-2.cbor").read_bytes()
        assert version("registry-1.cbor") == 1
        assert json.loads(Path("registry.json").read_text(encoding="utf-8"))["version"] == 2

    def test_again_and_again(self, first: Run) -> None:
        """The same command is the whole routine, as often as it is given."""
        for day in range(21, 26):
            assert first(*PUBLISH, "--key", "m.pem", "--at", f"2026-10-{day}T00:00:00Z").code == 0
        assert version() == 6
        assert gate_takes(site()["bundle.cbor"]).version == 6

    def test_dry_run(self, first: Run) -> None:
        """`--dry-run` tells the difference and the files in words, and touches nothing."""
        rename("Zhejiang Province")
        before = everything()
        ran = first(*PUBLISH, "--key", "m.pem", "--at", LATER, "--dry-run")
        assert ran.code == 0
        assert everything() == before
        for said in (
            "version: 1 → 2",
            "Zhejiang → Zhejiang Province",
            "would write registry-2.cbor",
            "bundle.cbor",
        ):
            assert said in ran.out

    def test_what_was_signed_elsewhere(self, first: Run) -> None:
        """A document that another computer signed is published without a key."""
        assert first("registry", "next", "registry.json", "--previous", "registry-1.cbor", "--at", LATER).code == 0
        signing = (
            "--root",
            "root-1.cbor",
            "--previous",
            "registry-1.cbor",
            "--at",
            LATER,
            "--out",
            "carried.cbor",
        )
        assert first("registry", "sign", "registry.json", "--key", "m.pem", *signing).code == 0
        assert first("registry", "publish", "carried.cbor", "--published", "site", "--at", LATER).code == 0
        assert site()["registry.cbor"] == Path("carried.cbor").read_bytes()

    def test_several_keys(self, run: Run) -> None:
        """What too few have signed is kept, and nothing is published until all have."""
        root(run, "m", "n")
        Path("registry.json").unlink()
        new = (
            "registry",
            "new",
            "root-1.cbor",
            *NAMES,
            "--valid-for",
            "28d",
            "--at",
            AT,
            "--out",
            "registry.json",
        )
        assert run(*new).code == 0
        command = (*PUBLISH, "--root", "root-1.cbor", "--at", AT)
        ran = run(*command, "--key", "m.pem")
        assert (ran.code, site()) == (1, {})
        assert "1 of 2 registry keys have signed, and 2 must: not reached" in ran.out
        assert "more of the registry keys must sign" in ran.err
        half = open_document(Path("registry-1.cbor").read_bytes())
        assert run(*command[:-1], SOON, "--key", "n.pem").code == 0
        assert open_document(site()["registry.cbor"]).digest == half.digest
        assert run(*command[:-1], LATER, "--key", "m.pem", "--key", "n.pem").code == 0
        assert version() == 2


class TestRefused:
    """What is not published."""

    def refuses(self, run: Run, said: str, *arguments: str, code: int = 1) -> None:
        """Check that a command is refused, and touches nothing."""
        before = everything()
        ran = run(*arguments)
        assert (ran.code, ran.out) == (code, "")
        assert said in ran.err
        assert everything() == before

    def test_what_check_refuses(self, first: Run) -> None:
        """Whatever `check` refuses is not signed, unless its code is named."""
        who = ("--key", "o.pem", "--issuer", "CN-33-01.WJW", "--authority", "CN-33", "--use", "credential")
        span = ("--from", AT, "--until", "2027-10-01T00:00:00Z", "--colors", "green", "--max-lifetime", "24h")
        assert first("registry", "request", *who, *span, "--at", AT, "--out", "request.cbor").code == 0
        thumbprint = SigningKey.from_seed(b"o" * 32).public_key.thumbprint.hex()
        office = (*NAMES, "--appeal", "tel:12320", "--thumbprint", thumbprint, "--at", AT)
        assert first("registry", "import", "registry.json", "request.cbor", *office).code == 0
        revoking = ("registry", "revoke", "registry.json", "o.pub", "--reason", "compromise", "--at", SOON)
        assert first(*revoking).code == 0
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0
        edit(issuers=[])
        self.refuses(first, "revocation-forgotten", *PUBLISH, "--key", "m.pem", "--at", LATER)

    def test_an_expired_root(self, first: Run) -> None:
        """Nothing is published under a root that has expired."""
        late = "2028-01-01T00:00:00Z"
        self.refuses(first, "expired", *PUBLISH, "--key", "m.pem", "--at", late)

    def test_a_key_that_does_not_matter(self, first: Run) -> None:
        """A key that the root does not name publishes nothing."""
        before = site()
        assert first(*PUBLISH, "--key", "n.pem", "--at", LATER).code == 1
        assert site() == before
        assert not Path("registry-2.cbor").exists()

    def test_no_key_no_root_no_previous(self, run: Run) -> None:
        """What is missing is named."""
        self.refuses(run, "--root root-1.cbor", *PUBLISH, "--key", "m.pem", code=2)
        self.refuses(run, "--key KEY.pem", *PUBLISH, "--root", "root-1.cbor", "--at", AT, code=2)
        edit(version=4)
        self.refuses(
            run,
            "--previous registry.cbor",
            *PUBLISH,
            "--root",
            "root-1.cbor",
            "--key",
            "m.pem",
            "--at",
            AT,
            code=2,
        )

    def test_a_source_that_does_not_go_on(self, first: Run) -> None:
        """A folder that was put back to an older state, with nothing kept: the source is ahead of it."""
        old = site()
        for at in (SOON, LATER):
            assert first(*PUBLISH, "--key", "m.pem", "--at", at).code == 0
        for name, data in old.items():
            Path("site", name).write_bytes(data)
        for name in ("registry-2.cbor", "registry-3.cbor"):
            Path(name).unlink()
        self.refuses(first, "does not go on from version 1", *PUBLISH, "--key", "m.pem", "--at", LATER, code=2)

    def test_what_others_put_into_the_folder(self, first: Run) -> None:
        """A source in the place of a document, and a registry that a stranger has signed, are named."""
        good = site()
        other = Region("CN-33").publish(version=50)
        for name, data, said in (
            ("root-1.cbor", Path("root.json").read_bytes(), "'site/root-1.cbor' is a source"),
            ("registry.cbor", Path("registry.json").read_bytes(), "'site/registry.cbor' is a source"),
            ("registry.cbor", other, "'site/registry.cbor' is signed by no registry key of the roots in 'site'"),
        ):
            Path("site", name).write_bytes(data)
            before = everything()
            ran = first(*PUBLISH, "--key", "m.pem", "--at", SOON)
            assert ran.code
            assert said in ran.err
            assert everything() == before
            Path("site", name).write_bytes(good[name])
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0

    def test_a_folder_of_another_authority(self, first: Run) -> None:
        """Each authority has a folder of its own."""
        other = Region("CN-31")
        Path("site/root-1.cbor").write_bytes(other.roots[0])
        self.refuses(first, "is of CN-31", *PUBLISH, "--key", "m.pem", "--at", LATER, code=2)


class TestOneVersionOnce:
    """A version is signed once, whatever happens in between."""

    def test_goes_on(self, first: Run) -> None:
        """What was signed by a run that was killed is published by the next, byte for byte."""
        old = site()
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0
        new = site()
        for files in ("", "bundle.cbor"):
            for name, data in old.items():
                Path("site", name).write_bytes(new[name] if name == files else data)
            assert first(*PUBLISH, "--key", "m.pem", "--at", LATER).code == 0
            assert site() == new

    def test_goes_on_from_the_bundle(self, first: Run) -> None:
        """Also where only the bundle has it."""
        old = site()
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0
        new = site()
        Path("site/registry.cbor").write_bytes(old["registry.cbor"])
        Path("registry-2.cbor").unlink()
        assert first(*PUBLISH, "--key", "m.pem", "--at", LATER).code == 0
        assert site() == new

    def test_other_words(self, first: Run) -> None:
        """A version that was signed is not signed with other words; then the source is the version after it."""
        old = site()
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0
        for name, data in old.items():
            Path("site", name).write_bytes(data)
        rename("Zhejiang Province")
        ran = first(*PUBLISH, "--key", "m.pem", "--at", LATER)
        assert (ran.code, site()) == (1, old)
        assert "signed with other words" in ran.err
        assert "Zhejiang → Zhejiang Province" in ran.err
        assert first("registry", "publish", "registry-2.cbor", "--published", "site", "--at", LATER).code == 0
        assert first(*PUBLISH, "--key", "m.pem", "--at", LATER).code == 0
        assert gate_takes(site()["bundle.cbor"]).names.en == "Zhejiang Province"
        assert version() == 3

    def test_one_that_has_expired(self, first: Run) -> None:
        """The number of one that was signed, never published, and has expired since is not used again."""
        old = site()
        assert first(*PUBLISH, "--key", "m.pem", "--valid-for", "1d", "--at", SOON).code == 0
        for name, data in old.items():
            Path("site", name).write_bytes(data)
        ran = first(*PUBLISH, "--key", "m.pem", "--valid-for", "14d", "--at", LATER)
        assert ran.code == 0
        assert "version-gap" in ran.err
        assert version() == 3
        assert gate_takes(site()["bundle.cbor"]).version == 3

    def test_a_folder_that_was_put_back(self, first: Run) -> None:
        """What was published last is kept, and is published again; other words are the one after it."""
        old = site()
        for at in (SOON, LATER):
            assert first(*PUBLISH, "--key", "m.pem", "--at", at).code == 0
        new = site()
        for name, data in old.items():
            Path("site", name).write_bytes(data)
        assert first(*PUBLISH, "--key", "m.pem", "--at", LATER).code == 0
        assert site() == new
        for name, data in old.items():
            Path("site", name).write_bytes(data)
        rename("Zhejiang Province")
        ran = first(*PUBLISH, "--key", "m.pem", "--at", LATER)
        assert "'registry-3.cbor' is version 3 and was signed with other words" in ran.err
        for document in ("registry-3.cbor", "registry.json"):
            assert first("registry", "publish", document, *PUBLISH[3:], "--key", "m.pem", "--at", LATER).code == 0
        assert version() == 4

    def test_what_others_have_signed_is_not_begun(self, first: Run) -> None:
        """A file with the name of a later registry takes no number, if no key of ours has signed it."""
        other = Region("CN-33")
        Path("registry-9.cbor").write_bytes(other.publish(version=9))
        Path("registry-draft.cbor").write_bytes(b"a note")
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0
        assert version() == 2


class TestClock:
    """A computer whose clock was ahead once must not end the authority's word."""

    def test_a_pause(self, first: Run) -> None:
        """When the last registry has expired, the clock may be ahead: it is asked for, and nothing is touched."""
        before, late = everything(), "2026-11-30T00:00:00Z"
        ran = first(*PUBLISH, "--key", "m.pem", "--at", late)
        assert (ran.code, everything()) == (1, before)
        assert "previous-expired: the last registry expired at 2026-11-17T00:00:00Z" in ran.err
        assert "--force previous-expired" in ran.err
        assert first(*PUBLISH, "--key", "m.pem", "--at", late, "--force", "previous-expired").code == 0

    def test_goes_on_from_what_gates_hold(self, first: Run) -> None:
        """After a registry dated far ahead the next has another number, and gates take it at once."""
        ahead = ("--at", "2026-12-30T00:00:00Z", "--force", "previous-expired")
        assert first(*PUBLISH, "--key", "m.pem", *ahead).code == 0
        assert version() == 2
        for force in ((), ("--force", "dated-ahead")):
            ran = first(*PUBLISH, "--key", "m.pem", "--at", LATER, *force)
            assert ran.code == 1
            assert "registry 2, the last one, is dated 2026-12-30" in ran.err
            assert "add --previous registry-N.cbor" in ran.err
        honest = (*PUBLISH, "--key", "m.pem", "--previous", "registry-1.cbor")
        assert first(*honest, "--at", LATER).code == 0
        taken = gate_takes(site()["bundle.cbor"])
        assert (taken.version, taken.previous) == (3, open_document(Path("registry-1.cbor").read_bytes()).digest)
        assert first(*PUBLISH, "--key", "m.pem", "--at", "2026-11-02T00:00:00Z").code == 0
        assert version() == 4


class TestFolder:
    """What else is in the folder, or happens to it."""

    def test_two_officers(self, first: Run) -> None:
        """Two do not publish at once, and would not sign two registries of one version; a dry run may look."""
        before, held = everything(), os.open("site", os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = first(*PUBLISH, "--key", "m.pem", "--at", SOON)
        assert (ran.code, everything()) == (2, before)
        assert "somebody else is publishing in 'site'" in ran.err
        assert first("authority", "publish", "root-1.cbor", "--published", "site", "--at", SOON).code == 2
        assert first(*PUBLISH, "--dry-run", "--at", SOON).code == 0
        os.close(held)
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0

    def test_what_killed_runs_have_left(self, first: Run) -> None:
        """It is cleared away, but not a link's target, nor what is young or has another name."""
        Path("victim").write_text("precious")
        stays = [
            Path(name) for name in ("site/.healthpass-1.tmp", "site/x.healthpass-0123456789abcdef.tmp", "victim")
        ]
        old = [Path(folder, ".healthpass-0123456789abcdef.tmp") for folder in (".", "site")]
        young = Path("site/.healthpass-fedcba9876543210.tmp")
        link = Path("site/.healthpass-0000000000000000.tmp")
        for path in (*stays, *old, young):
            path.write_bytes(b"a part")
        link.symlink_to("../victim")
        for path in (*stays, *old, link):
            os.utime(path, (0, 0), follow_symlinks=False)
        assert first(*PUBLISH, "--dry-run", "--at", SOON).code == 0
        assert all(path.exists() for path in old)
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0
        assert not any(path.exists() for path in old)
        assert not link.is_symlink()
        assert all(path.exists() for path in (*stays, young))

    def test_a_planted_pipe(self, first: Run) -> None:
        """A pipe holds nothing up."""
        for name in ("site/root-7.cbor", "registry-7.cbor"):
            os.mkfifo(name)
        assert first(*PUBLISH, "--key", "m.pem", "--at", SOON).code == 0
        assert version() == 2


class TestBundle:
    """What else is in the bundle."""

    @pytest.fixture
    def neighbour(self, first: Run) -> Region:
        """Recognise a region, whose documents are in a folder, and publish."""
        region = Region("CN-31")
        region.office("CN-31.WJW")
        region.publish()
        Path("neighbours").mkdir()
        Path("neighbours/CN-31.cbor").write_bytes(region.bundle())
        Path("sh.cbor").write_bytes(region.roots[0])
        thumbprint = open_document(region.roots[0]).digest.hex()
        span = ("--from", "2026-10-20T00:00:00Z", "--until", "2027-03-01T00:00:00Z", "--thumbprint", thumbprint)
        scope = ("--colors", "green", "--max-lifetime", "24h")
        assert first("registry", "recognise", "registry.json", "sh.cbor", *KNOWN_AS, *span, *scope).code == 0
        ran = first(*PUBLISH, "--key", "m.pem", "--with", "neighbours", "--at", LATER)
        assert (ran.code, ran.err) == (0, "")
        return region

    def test_with_the_neighbours(self, first: Run, neighbour: Region) -> None:
        """The regions that are recognised are in the bundle, and stay in it when nothing new of them is given."""
        for _ in range(2):
            assert sorted(bundled()) == ["registry CN-31 1", "registry CN-33 " + str(version()), "root CN-31 1",
                                         "root CN-33 1"]  # fmt: skip
            assert first(*PUBLISH, "--key", "m.pem", "--at", LATER).code == 0
        neighbour.publish()
        Path("neighbours/CN-31.cbor").write_bytes(neighbour.bundle())
        assert first(*PUBLISH, "--key", "m.pem", "--with", "neighbours", "--at", LATER).code == 0
        assert "registry CN-31 2" in bundled()
        assert "registry CN-31 1" not in bundled()

    def test_goes_on_without_what_is_bad(self, first: Run, neighbour: Region) -> None:
        """An error page, a flipped byte and an expired registry are named and left out of the rest."""
        neighbour.publish()
        new = neighbour.registries[-1]
        late = neighbour.publish(
            issued=SECONDS - 40 * 86_400, expires=SECONDS - 20 * 86_400, keep=False, version=9
        )
        for number, (data, why) in enumerate(
            [
                (b"<html>502 Bad Gateway</html>", "malformed-envelope"),
                (flipped(new, 200), "what it says breaks a rule"),
                (flipped(new, -1), "unknown-signer"),
                (late, "expired"),
                (b"", "is empty"),
            ]
        ):
            name = f"neighbours/{number}.cbor"
            Path(name).write_bytes(data)
            ran = first(*PUBLISH, "--key", "m.pem", "--with", "neighbours", "--at", LATER)
            Path(name).unlink()
            assert ran.code == 1
            assert name in ran.err
            assert why in ran.err
            assert "left out" in ran.err
            assert gate_takes(site()["bundle.cbor"]).version == 3 + number
        assert first(*PUBLISH, "--key", "m.pem", "--with", "neighbours", "--at", LATER).code == 0

    def test_no_lists(self, first: Run, neighbour: Region) -> None:
        """Status lists have an address of their own, and are not in the bundle."""
        office = add_office(neighbour, "CN-31-02.WJW")
        neighbour.publish()
        Path("neighbours/CN-31.cbor").write_bytes(neighbour.bundle() + office.status_list())
        ran = first(*PUBLISH, "--key", "m.pem", "--with", "neighbours", "--at", LATER)
        assert ran.code == 0
        assert "1 status list" in ran.err
        kinds = {one.kind for one in open_bundle(site()["bundle.cbor"]) if isinstance(one, OpenedDocument)}
        assert kinds == {Kind.ROOT, Kind.REGISTRY}

    def test_a_region_without_documents(self, first: Run, neighbour: Region) -> None:
        """A region that is recognised and of which nothing is here is named; one that is no longer is not."""
        del neighbour
        for name in ("bundle.cbor",):
            Path("site", name).unlink()
        ran = first(*PUBLISH, "--key", "m.pem", "--at", LATER)
        assert ran.code == 0
        assert "CN-31 is recognised, and no registry of it is here" in ran.err
        assert first("registry", "unrecognise", "registry.json", "CN-31").code == 0
        ran = first(*PUBLISH, "--key", "m.pem", "--with", "neighbours", "--at", "2026-11-02T00:00:00Z")
        assert (ran.code, ran.err) == (0, "")
        assert bundled() == ["root CN-33 1", "registry CN-33 4"]


class TestRoots:
    """`healthpass authority publish`, and a root that comes with a registry."""

    def next_root(self, run: Run, *changes: str) -> None:
        """Make root.json the source of the next root."""
        last = ("--previous", "root-1.cbor", "--at", SOON)
        assert run("authority", "next", "root.json", *last, *changes).code == 0

    def test_people_change(self, first: Run) -> None:
        """A root with other people is published in one command, with the registry that is there."""
        self.next_root(first, "--add-root-key", "o.pub")
        command = ("authority", "publish", "root.json", "--published", "site", "--at", LATER)
        before = everything()
        ran = first(*command, "--key", "a.pem", "--key", "b.pem", "--dry-run")
        assert (ran.code, everything()) == (0, before)
        assert "root key" in ran.out
        ran = first(*command, "--key", "a.pem")
        assert (ran.code, site()) == (1, {name: before[f"site/{name}"] for name in site()})
        assert "more of the root keys must sign" in ran.err
        assert first(*command, "--key", "b.pem").code == 0
        assert bundled() == ["root CN-33 1", "root CN-33 2", "registry CN-33 1"]
        assert site()["root-2.cbor"] == Path("root-2.cbor").read_bytes()
        assert first(*PUBLISH, "--key", "m.pem", "--at", LATER).code == 0
        assert bundled() == ["root CN-33 1", "root CN-33 2", "registry CN-33 2"]

    def test_an_epoch(self, first: Run) -> None:
        """A root that opens an epoch is refused alone, and published with a registry of that in one bundle."""
        self.next_root(first, "--new-epoch", "--add-registry-key", "n.pub", "--drop-registry-key", "m.pub")
        before = site()
        signing = ("--published", "site", "--key", "a.pem", "--key", "b.pem", "--at", LATER)
        ran = first("authority", "publish", "root.json", *signing)
        assert (ran.code, site()) == (1, before)
        assert "registry publish registry.json --root root-2.cbor" in ran.err
        ran = first(*PUBLISH, "--key", "n.pem", "--root", "root-2.cbor", "--at", LATER)
        assert ran.code == 0
        assert bundled() == ["root CN-33 1", "root CN-33 2", "registry CN-33 2"]
        assert gate_takes(site()["bundle.cbor"]).epoch == 1_792_540_800

    def test_a_theft(self, first: Run) -> None:
        """After a theft of the registry key, the new epoch goes on from the last honest registry."""
        self.next_root(first, "--new-epoch", "--add-registry-key", "n.pub", "--drop-registry-key", "m.pub")
        stolen = open_document(Path("registry-1.cbor").read_bytes())
        assert first("registry", "next", "registry.json", "--previous", "registry-1.cbor", "--at", SOON).code == 0
        honest = Path("registry.json").read_bytes()
        rename("A thief")
        signing = ("--key", "m.pem", "--root", "root-1.cbor", "--previous", "registry-1.cbor", "--at", SOON)
        assert first("registry", "sign", "registry.json", *signing, "--out", "site/registry.cbor").code == 2
        assert first("registry", "sign", "registry.json", *signing, "--out", "thief.cbor").code == 0
        Path("registry.json").write_bytes(honest)
        Path("site/registry.cbor").write_bytes(Path("thief.cbor").read_bytes())
        for name in "ab":
            out = ("--previous", "root-1.cbor", "--at", SOON, "--out", "root-2.cbor")
            assert first("authority", "sign", "root.json", "--key", f"{name}.pem", *out).code == 0
        command = (*PUBLISH, "--key", "n.pem", "--root", "root-2.cbor", "--previous", "registry-1.cbor")
        assert first(*command, "--at", LATER).code == 0
        taken = gate_takes(site()["bundle.cbor"])
        assert (taken.names.en, taken.previous) == ("Zhejiang", stolen.digest)

    def test_a_missing_root(self, first: Run) -> None:
        """A root that is missing between two is named, and nothing is published."""
        self.next_root(first)
        signing = ("--key", "a.pem", "--key", "b.pem", "--at", LATER)
        ran = first("authority", "publish", "root.json", "--published", "elsewhere", *signing)
        assert (ran.code, ran.out, Path("elsewhere").exists()) == (1, "", False)
        assert "error: root 1 is missing" in ran.err
        assert first("authority", "publish", "root.json", "--published", "site", *signing).code == 0
        for version in (3, 4):
            last = ("--previous", f"root-{version - 1}.cbor", "--at", LATER)
            assert first("authority", "next", "root.json", *last).code == 0
            for name in "ab":
                out = ("--key", f"{name}.pem", *last, "--out", f"root-{version}.cbor")
                assert first("authority", "sign", "root.json", *out).code == 0
        before = site()
        with_a_registry = (*PUBLISH[:3], "--key", "m.pem", "--root", "root-4.cbor")
        for command in (("authority", "publish", "root-4.cbor"), with_a_registry):
            ran = first(*command, "--published", "site", "--at", LATER)
            assert (ran.code, ran.out, site()) == (1, "", before)
            assert "error: root 3 is missing" in ran.err
