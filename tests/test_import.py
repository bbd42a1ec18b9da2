"""`import healthpass`: a name loads what it needs when it is first asked for."""

import subprocess
import sys
from typing import Any

import pytest

import healthpass


def said(program: str) -> str:
    """Return what a program prints in a new process."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout.strip()


class TestNames:
    def test_are_where_the_package_says(self) -> None:
        """Each public name has a module, and only these."""
        assert sorted(healthpass._MODULES) == healthpass.__all__
        for name in healthpass.__all__:
            thing: Any = getattr(healthpass, name)
            module = getattr(thing, "__module__", None)
            if module not in {"types", "typing", None}:  # an alias of types
                assert module == f"healthpass.{healthpass._MODULES[name]}", name

    def test_are_listed(self) -> None:
        """`dir` lists them before they are loaded."""
        assert said("import healthpass; print({*healthpass.__all__} - {*dir(healthpass)})") == "set()"

    def test_all_come_with_a_star(self) -> None:
        """`from healthpass import *` gives each of them."""
        assert said("from healthpass import *; print(Verifier.__name__, issue.__name__)") == "Verifier issue"

    def test_no_other_is_there(self) -> None:
        """A name that is none is an AttributeError or ImportError, and modules beside are still imported."""
        with pytest.raises(AttributeError, match="module 'healthpass' has no attribute 'Verify'"):
            healthpass.Verify  # type: ignore[attr-defined]  # noqa: B018
        with pytest.raises(ImportError, match="Verify"):
            from healthpass import Verify  # type: ignore[attr-defined]  # noqa: F401
        assert said("from healthpass import qr; print(qr.__name__)") == "healthpass.qr"

    def test_from_several_threads(self) -> None:
        """Threads that ask for names at one moment all get the same ones."""
        program = (
            "import healthpass\n"
            "from concurrent.futures import ThreadPoolExecutor\n"
            "names = [*healthpass.__all__, *reversed(healthpass.__all__)]\n"
            "with ThreadPoolExecutor(16) as pool:\n"
            "    found = [*zip(names, pool.map(lambda name: getattr(healthpass, name), names))]\n"
            "print(all(getattr(healthpass, name) is thing for name, thing in found))"
        )
        assert said(program) == "True"


class TestLoading:
    @pytest.mark.parametrize(
        ("statement", "absent"),
        [
            ("import healthpass", {"healthpass.words", "pydantic", "cbor2", "nacl"}),
            (
                "from healthpass import Registry, Verifier",
                {"healthpass.issuing", "healthpass.credential._masking"},
            ),
            ("from healthpass import PublicKey, harmless", {"healthpass.credential._model", "healthpass.trust"}),
        ],
    )
    def test_loads_what_a_name_needs(self, statement: str, absent: set[str]) -> None:
        """A gate loads nothing of issuing, and who wants a key no models."""
        assert said(f"{statement}; import sys; print({absent!r} & sys.modules.keys() or '')") == ""
