"""`healthpass verify --policy`: what a guard is told to do, by the policy of an office."""

from pathlib import Path
from typing import Any

import pytest

from command_line import Run, runner
from forging import NOW
from healthpass.deciding import Tally
from test_gate_policy import OFFICE, YELLOW, World

AT = ("--at", NOW.isoformat().replace("+00:00", "Z"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a store that holds the policy of an office."""
    made = World(tmp_path)
    made.store.update(made.office.policy(), at=NOW)
    return made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line."""
    return runner(capsys, monkeypatch)


def asked(world: World, *options: str) -> tuple[Any, ...]:
    """Return the arguments of a run."""
    return "verify", "--trust", str(world.store.path), *AT, "--policy", OFFICE, *options


class TestVerify:
    def test_tells_the_guard_what_is_asked(self, world: World, run: Run) -> None:
        """Before the question is answered nothing is decided, and it is told in both languages."""
        done = run(*asked(world), world.office.issue())
        assert done.code == 3
        assert "Do you have a fever?" in done.out
        assert "Do you have a fever?" in done.out

    def test_exit_codes_are_those_of_the_action(self, world: World, run: Run) -> None:
        """0 is for who is admitted alone; a valid code that is turned back is 1."""
        code = world.office.issue()
        assert run(*asked(world, "--answer", "fever=no"), code).code == 0
        assert run(*asked(world, "--answer", "fever=yes"), code).code == 1
        assert run(*asked(world, "--answer", "fever=no"), world.office.issue(YELLOW)).code == 1
        assert run(*asked(world, "--answer", "fever=no", "--document", "mismatch"), code).code == 3
        assert run(*asked(world, "--answer", "fever=no", "--document", "matched"), code).code == 0

    def test_json(self, world: World, run: Run) -> None:
        """The decision stands beside the judgement; without a policy it is null."""
        code = world.office.issue()
        told = run(*asked(world, "--json", "--answer", "fever=no"), code).json()["decision"]
        assert (told["policy"], told["action"], told["rule"], told["asks"]) == (OFFICE, "admit", "green", [])
        plain = run("verify", "--trust", str(world.store.path), *AT, "--json", code).json()
        assert plain["decision"] is None

    def test_many_texts(self, world: World, run: Run) -> None:
        """Each line of standard input is decided of."""
        texts = f"{world.office.issue()}\n{world.office.issue(YELLOW)}\n".encode()
        done = run(*asked(world, "--answer", "fever=no"), "-", stdin=texts)
        assert done.code == 1
        assert [line.split()[0] for line in done.out.splitlines()] == ["valid", "valid"]
        chinese = run(*asked(world, "--answer", "fever=no"), "-", "--lang", "zh", stdin=texts)
        assert "依据规则 green：放行" in chinese.out
        assert "没有规则成立：劝返" in chinese.out
        assert "劝返" not in done.out

    def test_counts_while_it_verifies(self, world: World, run: Run, tmp_path: Path) -> None:
        """A gate counts what it did into a new file, and nothing of a person is in it."""
        out = tmp_path / "tally.json"
        texts = f"{world.office.issue()}\n{world.office.issue(YELLOW)}\nnonsense\n".encode()
        options = ("--answer", "fever=no", "--tally", f"CN-33-01/east={out}")
        run(*asked(world, *options), "-", stdin=texts)
        tally = Tally.from_json(out.read_bytes())
        assert {(cell.verdict, cell.color, cell.action) for cell in tally.cells} == {
            ("valid", "green", "admit"),
            ("valid", "yellow", "turn-back"),
            ("malformed-text", None, None),
        }
        assert {cell.gate for cell in tally.cells} == {"CN-33-01/east"}
        again = run(*asked(world, *options), "-", stdin=texts)
        assert (again.code, "there already" in again.err) == (2, True)

    @pytest.mark.parametrize("tally", ["east", "CN-33-01/east", "east=tally.json", "CN-33-01/East=tally.json"])
    def test_a_gate_without_a_name_counts_nothing(self, world: World, run: Run, tally: str) -> None:
        """A gate is written as REGION/name, and the file has a name."""
        done = run(*asked(world, "--tally", tally), "HP1:")
        assert (done.code, "--tally" in done.err) == (2, True)

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            (("--answer", "fever"), "expected NAME=yes or NAME=no"),
            (("--answer", "cough=no"), "no question 'cough'"),
            (("--place", "bus"), "no place 'bus'"),
        ],
    )
    def test_wrong_usage(self, world: World, run: Run, options: tuple[str, ...], problem: str) -> None:
        """What the policy does not ask is wrong usage."""
        done = run(*asked(world, *options), world.office.issue())
        assert done.code == 2
        assert problem in done.err

    def test_needs_a_store(self, world: World, run: Run) -> None:
        """A policy comes from a store, and an answer is one to a policy."""
        code = world.office.issue()
        assert run("verify", "--policy", OFFICE, code).code == 2
        assert run("verify", "--trust", str(world.store.path), "--answer", "fever=no", code).code == 2
