"""Judging a mutant: the vectors, and nothing else, say whether the change is noticed.

A mutant is run in a process of its own, which ends with the first case that is answered wrongly.
"""

import importlib
import importlib.util
import json
import multiprocessing
import resource
import signal
import sys
from collections.abc import Sequence
from functools import cache
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

# What healthpass imports is imported once, here; healthpass itself in each process anew, never in this one.
import base45  # noqa: F401
import cbor2  # noqa: F401
import nacl.bindings
import nacl.utils  # noqa: F401
import pydantic

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "healthpass"
ROOMS: Final = ("words", "codec", "credential", "presentation", "documents", "trust", "verifying", "issuing")
KIT: Final = ROOT / "spec" / "testkit"
sys.path.append(str(KIT))  # for the adapter, and for the runner's neighbour
SECONDS: Final = 60  # of the processor, whatever else runs here; all cases together take about two

_PROCESSES: Final = multiprocessing.get_context("fork")
_ = pydantic.BaseModel  # pydantic imports itself piece by piece, at the first use


class _Changed(MetaPathFinder, InspectLoader):
    """Imports one module from a changed source."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_source(self, fullname: str) -> str:
        assert fullname == self.name
        return self.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, f"<mutant of {fullname}>", "exec")


@cache
def kit() -> Any:
    """Import the runner of the test kit, which is called `run` as other scripts are, under a name of its own."""
    spec = importlib.util.spec_from_file_location("testkit_run", KIT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    runner = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = runner  # its dataclasses look for it
    spec.loader.exec_module(runner)
    return runner


def path_of(module: str) -> Path:
    """Return the file of a module; no two of these rooms have one of the same name."""
    (path,) = (path for room in ROOMS if (path := SOURCE / room / f"{module}.py").exists())
    return path


def source_of(module: str) -> str:
    """Return the source of a module."""
    return path_of(module).read_text(encoding="utf-8")


def killer(module: str, source: str) -> str | None:
    """Return what notices a changed module: the id of a case, or in brackets what ended the process."""
    receiving, sending = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_judge, args=(module, source, sending))
    process.start()
    sending.close()
    try:
        return receiving.recv() if receiving.poll(SECONDS) else "(no end)"
    except EOFError:
        process.join()
        return "(no end)" if process.exitcode == -signal.SIGXCPU else "(crash)"
    finally:
        process.kill()
        process.join()


def _judge(module: str, source: str, sending: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    for name in [name for name in sys.modules if name.partition(".")[0] in {"healthpass", "healthpass_adapter"}]:
        del sys.modules[name]
    dotted = ".".join(path_of(module).relative_to(SOURCE.parent).with_suffix("").parts)
    sys.meta_path.insert(0, _Changed(dotted, source))
    try:
        answers = importlib.import_module("healthpass_adapter").answers
    except Exception:  # noqa: BLE001 - whatever it is, nobody can import this and not notice
        sending.send("(import)")
        return
    sending.send(first_failure(answers))


def first_failure(answers: Any) -> str | None:
    """Return the id of the first case that is answered wrongly, by the comparison of the kit's own runner."""
    runner = kit()
    for case in cases():
        try:
            answer = json.loads(next(iter(answers([runner.question(case).decode()]))))
            right = runner.understood(case, answer) == runner.expectation(case)
        except Exception:  # noqa: BLE001 - no answer is a wrong answer
            right = False
        if not right:
            return str(case["id"])
    return None


@cache
def cases() -> list[dict[str, Any]]:
    """Return the cases of all vectors."""
    return [case for cases in kit().load(ROOT / "spec" / "vectors").values() for case in cases]
