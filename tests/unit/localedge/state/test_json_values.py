import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localedge.state.json_values import as_text, well_formed


@given(st.text())
def test_any_text_can_be_made_one_that_utf_8_carries(text: str) -> None:
    assert len(well_formed(text).encode()) >= len(well_formed(text))


@given(st.text().filter(lambda text: text.isascii()))
def test_a_well_formed_text_stays_as_it_is(text: str) -> None:
    assert well_formed(text) == text


def test_what_is_written_is_read_again() -> None:
    value = {"a": [1, None, "é", True]}
    assert json.loads(as_text(value)) == value


@pytest.mark.parametrize("value", [float("inf"), {"a": float("nan")}, ["\ud800"]])
def test_what_json_cannot_carry_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"surrogates|JSON compliant"):
        as_text(value)
