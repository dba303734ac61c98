"""The deterministic stand-in for Workers AI's models: it says what it is and computes nothing.

A text model answers with what it was asked, marked as a stand-in's answer; an embedding model
turns words into a unit vector, so that texts which share words are near each other.
"""

import hashlib
import math
import random
from collections.abc import Mapping, Sequence

from localedge.model import Json
from localedge.state.ai.images import IMAGE_MODELS
from localedge.state.json_values import well_formed
from localedge.wire.ai_errors import AiBadInput, AiNoSuchModel

TEXT_MODELS = frozenset(
    """
    @cf/deepseek-ai/deepseek-r1-distill-qwen-32b @cf/google/gemma-3-12b-it
    @cf/ibm-granite/granite-4.0-h-micro @cf/meta/llama-2-7b-chat-int8 @cf/meta/llama-3-8b-instruct
    @cf/meta/llama-3.1-8b-instruct @cf/meta/llama-3.1-8b-instruct-awq
    @cf/meta/llama-3.1-8b-instruct-fast @cf/meta/llama-3.1-8b-instruct-fp8
    @cf/meta/llama-3.1-70b-instruct @cf/meta/llama-3.2-1b-instruct @cf/meta/llama-3.2-3b-instruct
    @cf/meta/llama-3.3-70b-instruct-fp8-fast @cf/meta/llama-4-scout-17b-16e-instruct
    @cf/mistral/mistral-7b-instruct-v0.1 @cf/mistralai/mistral-small-3.1-24b-instruct
    @cf/qwen/qwen2.5-coder-32b-instruct @cf/qwen/qwen3-30b-a3b-fp8 @cf/qwen/qwq-32b
    @hf/mistral/mistral-7b-instruct-v0.2 @hf/nousresearch/hermes-2-pro-mistral-7b
    """.split()
)
EMBEDDING_MODELS: Mapping[str, int] = {
    "@cf/baai/bge-small-en-v1.5": 384,
    "@cf/baai/bge-base-en-v1.5": 768,
    "@cf/baai/bge-large-en-v1.5": 1024,
    "@cf/baai/bge-m3": 1024,
    "@cf/google/embeddinggemma-300m": 768,
    "@cf/qwen/qwen3-embedding-0.6b": 1024,
}
FAIL = "@localedge/fail"
FAIL_MIDSTREAM = "@localedge/fail-midstream"
SLOW = "@localedge/slow"
FAILING = frozenset({FAIL, FAIL_MIDSTREAM})
DEFAULT_MAX_TOKENS = 256
MAX_TEXTS = 100


def check_model(model: str) -> None:
    """Raise what the API answers to a model that it does not have."""
    if model not in TEXT_MODELS | EMBEDDING_MODELS.keys() | IMAGE_MODELS | FAILING | {SLOW}:
        raise AiNoSuchModel(f"No such model {model} or task")


def answer(model: str, inputs: Mapping[str, Json]) -> list[str]:
    """Return the words of a text model's answer, at most `max_tokens`; a word is a token."""
    question = " ".join(_last_said(inputs).split())
    text = f'This is the localedge stand-in for {model}, not a real model. You said: "{question}"'
    words = text.split(" ")[: _max_tokens(inputs)]
    return [word if index == 0 else f" {word}" for index, word in enumerate(words)]


def usage(inputs: Mapping[str, Json], completion_tokens: int) -> dict[str, int]:
    """Count tokens, a word each."""
    prompt = sum(len(text.split()) for text in _texts_said(inputs))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt + completion_tokens,
    }


def embeddings(model: str, inputs: Mapping[str, Json]) -> dict[str, Json]:
    """Return `{shape, data, pooling}`: one unit vector for each text."""
    text = inputs.get("text")
    texts = [text] if isinstance(text, str) else text
    if not isinstance(texts, list) or not all(isinstance(one, str) and one for one in texts):
        raise AiBadInput("Error: required property 'text' must be a text or a list of texts")
    if not 1 <= len(texts) <= MAX_TEXTS:
        raise AiBadInput(f"Error: 'text' must hold 1 to {MAX_TEXTS} texts, got {len(texts)}")
    dimensions = EMBEDDING_MODELS[model]
    data = [_unit_vector(one, dimensions) for one in texts]
    return {"shape": [len(data), dimensions], "data": data, "pooling": "mean"}


def _last_said(inputs: Mapping[str, Json]) -> str:
    return _texts_said(inputs)[-1]


def _texts_said(inputs: Mapping[str, Json]) -> Sequence[str]:
    if isinstance(inputs.get("prompt"), str) and inputs["prompt"]:
        return [well_formed(inputs["prompt"])]
    messages = inputs.get("messages")
    if not isinstance(messages, list) or not messages:
        raise AiBadInput("Error: oneOf at '/' not met: 'prompt' or 'messages' is required")
    return [_content(message) for message in messages]


def _content(message: Json) -> str:
    content = message.get("content") if isinstance(message, Mapping) else None
    if isinstance(content, list):
        content = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not isinstance(content, str) or not message.get("role"):
        raise AiBadInput("Error: each of 'messages' needs a 'role' and a 'content'")
    return well_formed(content)


def _max_tokens(inputs: Mapping[str, Json]) -> int:
    wanted = inputs.get("max_tokens", DEFAULT_MAX_TOKENS)
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        raise AiBadInput(f"Error: 'max_tokens' must be a number above 0, got {wanted!r}")
    return wanted


def _unit_vector(text: str, dimensions: int) -> list[float]:
    """Add up one pseudo-random direction for each word, and scale to length 1."""
    total = [0.0] * dimensions
    for word in text.lower().split() or [text]:
        seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8])
        generator = random.Random(seed)  # noqa: S311 - repeatable on purpose, and no secret
        total = [value + generator.uniform(-1, 1) for value in total]
    length = math.hypot(*total)
    return [value / length for value in total]
