"""The vectors of spec/vectors through the library, by its adapter for the kit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KIT = ROOT / "spec" / "testkit"
ADAPTER = KIT / "healthpass_adapter.py"


def adapter(lines: str) -> subprocess.CompletedProcess[str]:
    """Run the adapter over lines."""
    return subprocess.run([sys.executable, ADAPTER], input=lines, capture_output=True, text=True, check=False)


class TestVectors:
    def test_the_library_passes_every_case(self) -> None:
        """The library gives the one right answer to every case."""
        program = [sys.executable, str(KIT / "run.py"), "--", sys.executable, str(ADAPTER)]
        run = subprocess.run(program, capture_output=True, text=True, check=False)
        cases = [
            case for path in ROOT.glob("spec/vectors/*-*.json") for case in json.loads(path.read_bytes())["cases"]
        ]
        assert run.stdout.splitlines()[-1] == f"{len(cases)} passed, 0 failed, 0 skipped", (
            run.stdout[-3000:] + run.stderr[-1000:]
        )

    @pytest.mark.parametrize("line", ["\n", "{}", "[]", '{"id": "x", "op": "dance"}', "\x00"])
    def test_a_line_that_is_no_case(self, line: str) -> None:
        """A line that is not a case is an error that says where the protocol is described."""
        done = adapter(line)
        assert done.returncode
        assert done.stderr.endswith("a line is not a case of the test kit: see spec/testkit/README.md\n")

    def test_answers_name_their_case(self) -> None:
        """Each answer repeats the id of its case."""
        done = adapter(json.dumps({"id": "key-1", "op": "key", "public_key": "00" * 32}))
        assert json.loads(done.stdout) == {"id": "key-1", "accepted": False}
