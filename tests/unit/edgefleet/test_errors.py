"""The tree of errors and its exit codes."""

from edgefleet.errors import EdgefleetError, ExitCode


def children() -> list[type[EdgefleetError]]:
    own = "edgefleet.errors"
    return [kind for kind in EdgefleetError.__subclasses__() if kind.__module__ == own]


def test_every_error_has_an_exit_code_and_a_code_of_its_own() -> None:
    exits = [kind.exit_code for kind in children()]
    assert sorted(exits) == sorted(set(ExitCode) - {ExitCode.OK, ExitCode.FAULT})
    codes = [kind.code for kind in children()]
    assert len(set(codes)) == len(codes)


def test_the_docstring_draws_every_error() -> None:
    import edgefleet.errors as module

    drawn = module.__doc__ or ""
    for kind in children():
        line = next(line for line in drawn.splitlines() if f" {kind.__name__} " in line)
        assert f" {int(kind.exit_code)} " in line
