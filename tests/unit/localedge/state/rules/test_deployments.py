from hypothesis import given
from hypothesis import strategies as st

from localedge.state.rules.deployments import parse_shares
from localedge.wire.script_errors import InvalidDeployment

PERCENTAGES = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.integers(-200, 200), st.none(), st.text()
)


@given(st.lists(PERCENTAGES, max_size=4))
def test_whatever_is_taken_is_one_or_two_shares_that_sum_to_100(percentages: list[float]) -> None:
    versions = [{"version_id": str(n), "percentage": p} for n, p in enumerate(percentages)]
    try:
        found = parse_shares("percentage", versions)
    except InvalidDeployment:
        return
    assert 1 <= len(found) <= 2
    assert abs(sum(share.percentage for share in found) - 100) <= 0.001


@given(st.floats(0, 100))
def test_any_split_of_100_between_two_is_taken(part: float) -> None:
    versions = [
        {"version_id": "a", "percentage": part},
        {"version_id": "b", "percentage": 100 - part},
    ]
    assert [share.version_id for share in parse_shares("percentage", versions)] == ["a", "b"]
