"""The vectors of spec/vectors through the library, and through the command that speaks the kit's protocol."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from healthpass.cli.testkit import answers

ROOT = Path(__file__).resolve().parent.parent
RUNNER = ROOT / "spec" / "testkit" / "run.py"


class TestVectors:
    def test_the_command_passes_every_case(self) -> None:
        """`healthpass testkit` gives the one right answer to every case."""
        program = [sys.executable, "-c", "from healthpass.cli import main; main()", "testkit"]
        run = subprocess.run([sys.executable, RUNNER, "--", *program], capture_output=True, text=True, check=False)
        assert run.stdout.splitlines()[-1].endswith(" passed, 0 failed"), run.stdout[-3000:] + run.stderr[-1000:]
        assert int(run.stdout.splitlines()[-1].split()[0]) >= 968

    @pytest.mark.parametrize("line", ["", "{}", "[]", '{"id": "x", "op": "dance"}', "\x00"])
    def test_a_line_that_is_no_case(self, line: str) -> None:
        """A line that is not a case is an error that says where the protocol is described."""
        with pytest.raises(Exception, match="not a case of the test kit"):
            list(answers([line]))

    def test_answers_name_their_case(self) -> None:
        """Each answer repeats the id of its case."""
        case = {"id": "key-1", "op": "key", "public_key": "00" * 32}
        assert [json.loads(answer) for answer in answers([json.dumps(case)])] == [
            {"id": "key-1", "accepted": False}
        ]
