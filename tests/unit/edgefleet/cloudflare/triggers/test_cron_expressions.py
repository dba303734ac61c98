"""Cron expressions by Cloudflare's rules, and when two of them are one schedule (R6, R7)."""

import pytest

from edgefleet.cloudflare.triggers.cron_expressions import same, wrong

GOOD = [
    "* * * * *",
    "*/30 0-6,22 L * MON-FRI",
    "0 0 LW JAN,jul *",
    "5 4 15W 12 6L",
    "0 9 L-3 * sun#2",
    "17  3 * * *",
    "0 0 1 1 1",
    "0 0 * * FRI-MON",
]


@pytest.mark.parametrize("cron", GOOD)
def test_what_cloudflare_takes_is_right(cron: str) -> None:
    assert wrong(cron) is None


@pytest.mark.parametrize(
    ("cron", "words", "right"),
    [
        ("17 3 * * 0", "'0' is no day of the week: Cloudflare counts from 1", "17 3 * * SUN"),
        ("0 9 * * 0-5", "Cloudflare counts from 1 (SUN) to 7 (SAT)", "0 9 * * SUN-FRI"),
        ("0 9 * * 0,6", "Cloudflare counts from 1 (SUN) to 7 (SAT)", "0 9 * * SUN,SAT"),
        ("17 3 * *", "it has 4 fields, and needs five", ""),
        ("0 17 3 * * *", "it has 6 fields", ""),
        ("", "it has 0 fields", ""),
        ("@daily", "no such shorthand", "0 0 * * *"),
        ("@Weekly", "no such shorthand", "0 0 * * SUN"),
        ("@reboot", "it has 1 fields", ""),
        ("*/0 * * * *", "the step of '*/0' must be 1 to 59 as minute", ""),
        ("*/60 * * * *", "must be 1 to 59", ""),
        ("60 * * * *", "'60' is no minute: 0 to 59", ""),
        ("0 24 * * *", "'24' is no hour", ""),
        ("0 0 0 * *", "'0' is no day of the month: 1 to 31", ""),
        ("0 0 * 13 *", "'13' is no month", ""),
        ("0 0 * * SUNDAY", "'SUNDAY' is no day of the week", ""),
        ("0 0 ? * *", "'?' is no day of the month", ""),
        ("0 0 L,1 * *", "'L' is no day of the month", ""),
        ("*,5 * * * *", "'*' stands alone", ""),
        (" 0 0 * * *", "begins or ends with a blank", "0 0 * * *"),
    ],
)
def test_what_cloudflare_refuses_is_said_with_the_right_spelling(
    cron: str, words: str, right: str
) -> None:
    found = wrong(cron)
    assert found is not None
    assert words in found.words
    assert found.right == right
    assert not right or wrong(right) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("17 3 * * sun", "17 3 * * SUN"),
        ("17 3 * * 1", "17 3 * * SUN"),
        ("17  3 * * *", "17 3 * * *"),
        ("0-59 03 * * *", "* 3 * * *"),
        ("*/5 * * * *", "0,5,10,15,20,25,30,35,40,45,50,55 * * * *"),
        ("0 0 * 1-3 *", "0 0 * JAN,FEB,MAR *"),
        ("0 0 * * MON-FRI", "0 0 * * 2-6"),
        ("0 0 * * FRI-MON", "0 0 * * 1,2,6,7"),
        ("0 0 * * 6l", "0 0 * * 6l"),
        ("0 0 * * 6L", "0 0 * * FRIL"),
        ("0 0 * * */1", "0 0 * * *"),
        ("*/5,*/5 * * * *", "*/5 * * * *"),
    ],
)
def test_one_schedule_has_one_spelling(one: str, other: str) -> None:
    assert same(one) == same(other)


@pytest.mark.parametrize("cron", ["0 9 * * MON-FRI", "*/5 * * * *", "17 3 * * *", "0 0 1,15 * *"])
def test_what_people_write_stays_as_they_write_it(cron: str) -> None:
    assert same(cron) == cron


def test_other_times_are_another_schedule() -> None:
    assert same("0 0 * * 1") != same("0 0 * * 2")
    assert same("*/7 * * * *") != same("*/8 * * * *")
