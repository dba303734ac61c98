import pytest

from localedge.state.rules.cron import check_cron
from localedge.wire.script_errors import InvalidCron


@pytest.mark.parametrize(
    "cron",
    [
        "* * * * *",
        "*/5 * * * *",
        "0 17 * * SUN",
        "0 0-6/2,12 1,15 JAN-MAR mon-fri",
        "59 23 LW * *",
        "10 7 * * 2#1",
        "0 18 * * 6L",
        "0 12 15W * *",
        "0 0 L-3 * *",
        "0 0 * * L",
    ],
)
def test_a_cron_expression_is_taken(cron: str) -> None:
    check_cron(cron)


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "often",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "*/60 * * * *",
        f"*/{'9' * 5000} * * * *",
        f"{'9' * 5000} * * * *",
        "* * L,1 * *",
        "* * * * 8L",
        "1,,2 * * * *",
        "1- * * * *",
        "MON * * * *",
        "LW * * * *",
        "* * * * MONDAY",
        "\u0661 * * * *",
    ],
)
def test_what_is_no_cron_expression_is_refused_by_its_own_text(cron: str) -> None:
    with pytest.raises(InvalidCron, match="is not a cron expression"):
        check_cron(cron)
