import math
from typing import Any

import pytest

from localedge.state.ai import models as ai_models
from localedge.wire.ai_errors import AiBadInput, AiNoSuchModel

CHAT = "@cf/meta/llama-3.1-8b-instruct"
EMBEDDINGS = "@cf/baai/bge-base-en-v1.5"


def said(inputs: dict[str, Any]) -> str:
    return "".join(ai_models.answer(CHAT, inputs))


def embedding(text: str) -> list[float]:
    vectors: list[list[float]] = ai_models.embeddings(EMBEDDINGS, {"text": text})["data"]
    return vectors[0]


def likeness(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(embedding(one), embedding(other), strict=True))


def test_answer_says_it_is_a_stand_in_and_repeats_the_question() -> None:
    answer = said({"prompt": "Good  morning"})
    assert answer == (
        f'This is the localedge stand-in for {CHAT}, not a real model. You said: "Good morning"'
    )


def test_the_last_message_is_answered() -> None:
    messages = [
        {"role": "system", "content": "Be kind"},
        {"role": "user", "content": [{"type": "text", "text": "Good evening"}]},
    ]
    assert said({"messages": messages}).endswith('You said: "Good evening"')
    assert ai_models.usage({"messages": messages}, 3) == {
        "prompt_tokens": 4,
        "completion_tokens": 3,
        "total_tokens": 7,
    }


def test_a_lone_surrogate_does_no_harm() -> None:
    assert said({"prompt": "\ud800"}).endswith('You said: "\ufffd"')


def test_an_answer_has_no_more_than_the_tokens_asked_for() -> None:
    assert ai_models.answer(CHAT, {"prompt": "x", "max_tokens": 2}) == ["This", " is"]


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"prompt": ""},
        {"messages": []},
        {"messages": ["hello"]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"content": "hello"}]},
        {"prompt": "x", "max_tokens": 0},
        {"prompt": "x", "max_tokens": "2"},
    ],
)
def test_an_input_that_no_model_takes_is_refused(inputs: dict[str, Any]) -> None:
    with pytest.raises(AiBadInput):
        ai_models.answer(CHAT, inputs)


def test_an_embedding_is_a_unit_vector_and_always_the_same() -> None:
    assert len(embedding("good morning")) == 768
    assert math.hypot(*embedding("good morning")) == pytest.approx(1)
    assert embedding("good morning") == embedding("Good  Morning")


def test_texts_that_share_words_are_nearer() -> None:
    assert likeness("the cat sleeps", "the cat eats") > likeness("the cat sleeps", "stock prices")


@pytest.mark.parametrize("text", [None, "", [], [""], [1], ["x"] * 101])
def test_texts_that_cannot_be_embedded_are_refused(text: Any) -> None:
    with pytest.raises(AiBadInput):
        ai_models.embeddings(EMBEDDINGS, {"text": text})


def test_an_unknown_model_is_refused_by_name() -> None:
    with pytest.raises(AiNoSuchModel, match="No such model @cf/absent/nothing or task"):
        ai_models.check_model("@cf/absent/nothing")
