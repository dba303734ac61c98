import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localedge.state.analytics.points import DataPoint
from localedge.state.analytics.sql import run_sql
from localedge.wire.errors import BadBody

AT = 1_800_000_000
POINTS = [
    DataPoint("visits", AT, "a", ("berlin",), (2.0,)),
    DataPoint("visits", AT + 60, "a", ("paris",), (3.0,)),
    DataPoint("visits", AT + 400, "b", ("berlin", "x"), (5.0, 1.0)),
    DataPoint('odd "name"', AT, "", (), ()),
]


def rows(sql: str) -> list[tuple[object, ...]]:
    return list(run_sql(sql, POINTS).rows)


def test_groups_are_summed_and_ordered() -> None:
    answer = run_sql(
        "SELECT blob1 AS city, SUM(_sample_interval * double1) AS total, count() AS n FROM visits "
        "WHERE index1 != '' GROUP BY city HAVING total > 0 ORDER BY total DESC LIMIT 5 FORMAT JSON",
        POINTS,
    )
    assert answer.columns == (("city", "String"), ("total", "Float64"), ("n", "UInt64"))
    assert answer.rows == (("berlin", 7.0, 2), ("paris", 3.0, 1))


def test_times_are_compared_shown_and_cut() -> None:
    sql = "SELECT timestamp FROM visits WHERE timestamp >= toDateTime('2027-01-15 08:01:00')"
    assert rows(sql) == [("2027-01-15 08:01:00",), ("2027-01-15 08:06:40",)]
    sql = (
        "SELECT toStartOfInterval(timestamp, INTERVAL '5' MINUTE) AS t, count() FROM visits "
        "GROUP BY t ORDER BY t"
    )
    assert rows(sql) == [("2027-01-15 08:00:00", 2), ("2027-01-15 08:05:00", 1)]
    assert rows("SELECT count() FROM visits WHERE timestamp > now() - INTERVAL '1' DAY") != []


def test_values_that_json_cannot_carry_are_replaced() -> None:
    assert rows("SELECT 9e999, x'41ff', 1e300 AS timestamp") == [(None, "A\ufffd", 1e300)]


def test_columns_that_a_point_lacks_are_empty() -> None:
    sql = "SELECT blob20, double20, dataset FROM visits LIMIT 1"
    assert rows(sql) == [("", 0.0, "visits")]
    assert rows('SELECT count() FROM "odd ""name"""') == [(1,)]
    assert rows("SHOW TABLES;") == [('odd "name"',), ("visits",)]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT quantileWeighted(0.5, double1, 1) FROM visits", "quantileWeighted"),
        ("SELECT * FROM absent", "absent"),
        ("SELECT nothing FROM visits", "nothing"),
        ("DELETE FROM visits", "not authorized"),
        ("ATTACH 'x' AS y", "not authorized"),
        ("PRAGMA database_list", "not authorized"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT toUInt32('x') FROM visits", "raised exception"),
    ],
)
def test_what_is_missing_is_named(sql: str, named: str) -> None:
    with pytest.raises(BadBody) as refused:
        run_sql(sql, POINTS)
    assert named in str(refused.value)


@settings(deadline=None)
@given(st.text("SELECTFROM visits(*)'\"1;\0\ud800", max_size=30))
def test_any_text_is_answered_or_refused(text: str) -> None:
    try:
        assert run_sql(text, POINTS) is not None
    except BadBody as refused:
        assert refused.status == 400  # noqa: PT017 - most texts are refused
