"""The tree of errors and its exit codes."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import edgefleet
from edgefleet import errors
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.errors import EdgefleetError, ExitCode

HOME = errors.__name__


def below(kind: type[EdgefleetError]) -> Iterator[type[EdgefleetError]]:
    for child in kind.__subclasses__():
        yield child
        yield from below(child)


@pytest.fixture(scope="module")
def every() -> list[type[EdgefleetError]]:
    """Every error class of edgefleet, wherever it is declared."""
    for module in pkgutil.walk_packages(edgefleet.__path__, "edgefleet."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [kind for kind in below(EdgefleetError) if kind.__module__.startswith("edgefleet.")]


def test_each_exit_code_has_one_error_class() -> None:
    own = [kind for kind in EdgefleetError.__subclasses__() if kind.__module__ == HOME]
    exits = [kind.exit_code for kind in own if "exit_code" in vars(kind)]
    assert sorted(exits) == sorted(set(ExitCode) - {ExitCode.OK, ExitCode.FAULT})


def test_only_errors_py_gives_an_exit_code(every: list[type[EdgefleetError]]) -> None:
    elsewhere = [kind for kind in every if kind.__module__ != HOME]
    assert elsewhere
    assert [kind.__name__ for kind in elsewhere if "exit_code" in vars(kind)] == []
    assert [kind.__name__ for kind in elsewhere if EdgefleetError in kind.__bases__] == []


def test_each_code_names_one_error_class(every: list[type[EdgefleetError]]) -> None:
    codes = [vars(kind)["code"] for kind in every if "code" in vars(kind)]
    assert len(set(codes)) == len(codes)


def test_the_docstring_draws_the_whole_tree(every: list[type[EdgefleetError]]) -> None:
    lines = re.findall(r"^    ([|` ]*?)(?:[|`]-- )?(\w+) {2,}(.*)$", errors.__doc__ or "", re.M)
    drawn = {name: (len(indent), text) for indent, name, text in lines}
    assert drawn.keys() == {kind.__name__ for kind in every} | {"EdgefleetError"}
    for kind in every:
        depth, text = drawn[kind.__name__]
        assert depth == 4 * (len(kind.__mro__) - len(EdgefleetError.__mro__) - 1)
        if kind.__module__ != HOME:
            assert f"edgefleet.{text}" == kind.__module__
        elif EdgefleetError in kind.__bases__:
            assert text.startswith(f"{int(kind.exit_code)} ")


def test_an_amended_error_keeps_its_class_and_its_other_fields() -> None:
    error = ApiError("refused", codes=(10220,), status=400)
    amended = error.amended(message="refused; version v1 is live again", interrupted=True)
    assert isinstance(amended, ApiError)
    assert (amended.codes, amended.status, amended.interrupted) == ((10220,), 400, True)
    assert str(amended) == amended.message == "refused; version v1 is live again"
    assert (error.message, error.interrupted) == ("refused", False)
