import click
import pytest
from click.testing import CliRunner

from edgefleet.cli.options.canary import canary_choice, canary_options
from edgefleet.config.canary.policy import AS_THE_FILES_SAY, NO_CANARY, CanaryChoice
from edgefleet.errors import UsageError


def parsed(*options: str) -> CanaryChoice | str:
    """Return what options mean, or what is wrong with them."""
    found: list[CanaryChoice] = []

    @click.command()
    @canary_options
    def command(
        canary: tuple[float, ...] | None,
        soak: float | None,
        keep: float | None,
        *,
        first_step: bool,
    ) -> None:
        found.append(canary_choice(canary, soak, keep))

    result = CliRunner().invoke(command, options)
    return found[0] if found else f"{result.output}{result.exception}"


def test_shares_and_soak_are_read() -> None:
    assert parsed("--canary", "5,25,50", "--soak", "10m") == CanaryChoice(
        steps=(5.0, 25.0, 50.0), soak=600.0
    )
    assert parsed("--canary", "2.5%, 10 %") == CanaryChoice(steps=(2.5, 10.0))


def test_none_is_no_canary_whatever_files_say() -> None:
    assert parsed("--canary", "none") == NO_CANARY
    assert parsed() == AS_THE_FILES_SAY


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "no list of shares"),
        ("five", "no list of shares"),
        ("5,,25", "no list of shares"),
        ("25,5", "grow from step to step"),
        ("5,100", "1 to 50 percent"),
        ("0,5", "1 to 50 percent"),
        ("nan", "no list of shares"),
        ("1,2,3,4,5,6,7,8,9", "at most 8 shares"),
    ],
)
def test_wrong_shares_are_named(value: str, words: str) -> None:
    assert words in str(parsed("--canary", value))


def test_everything_at_once_keeps_the_version_before() -> None:
    assert parsed("--canary", "0", "--keep", "1h") == CanaryChoice(steps=(), keep=3600.0)


def test_no_canary_has_no_soak() -> None:
    with pytest.raises(UsageError, match="--canary none has no steps"):
        canary_choice((), 60.0)


def test_everything_at_once_has_no_soak() -> None:
    with pytest.raises(UsageError, match="--canary 0 has no steps"):
        canary_choice((0.0,), 60.0, 60.0)


def test_no_canary_keeps_nothing() -> None:
    with pytest.raises(UsageError, match="--canary none is none"):
        canary_choice((), None, 60.0)


def test_a_soak_lasts_a_second_at_least() -> None:
    with pytest.raises(UsageError, match="a second at least"):
        canary_choice((5.0,), 0.0)
