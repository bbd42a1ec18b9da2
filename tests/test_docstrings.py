"""Every example in a docstring is run."""

import doctest
import importlib
import pkgutil

import pytest

import healthpass

MODULES = [module.name for module in pkgutil.walk_packages(healthpass.__path__, "healthpass.")]


class TestExamples:
    @pytest.mark.parametrize("name", ["healthpass", *MODULES])
    def test_say_what_happens(self, name: str) -> None:
        """The examples of a module print what its docstrings say."""
        assert doctest.testmod(importlib.import_module(name)).failed == 0

    def test_are_there(self) -> None:
        """The package and its main classes have examples."""
        finder = doctest.DocTestFinder()
        with_examples = {test.name for test in finder.find(healthpass) if test.examples}
        assert "healthpass" in with_examples
