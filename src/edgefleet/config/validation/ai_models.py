"""Rules for AI models: the Worker calls only models that the tenant may use."""

from collections.abc import Iterator

from edgefleet.config.reading.rule import Place, Problem, Rule
from edgefleet.config.reading.views import TargetView, TenantFiles, at
from edgefleet.config.validation.variables import MODEL_VARS
from edgefleet.core.model import Json

MODEL_NOT_ALLOWED = Rule(
    code="model-not-allowed",
    means="A model that the Worker would call, in aiModels of tenant.config.json or in a var of "
    "wrangler.jsonc, is not in the tenant's allowedModels.",
    example='"MODEL_ID": "@cf/meta/llama-3.3-70b-instruct-fp8-fast"   // not in allowedModels',
    fix="choose a model from allowedModels, or add this one there",
)
RULES = (MODEL_NOT_ALLOWED,)


def configured_models(tenant: TenantFiles) -> Iterator[Problem]:
    """Check that the models of aiModels are allowed."""
    allowed = _allowed(tenant)
    for use in ("chat", "embeddings"):
        model = at(tenant.config.keys, "aiModels", use)
        if _forbidden(model, allowed):
            yield _problem(tenant.config.file, ("aiModels", use), use, model)


def deployed_models(target: TargetView) -> Iterator[Problem]:
    """Check that the models of an environment's vars are allowed."""
    allowed = _allowed(target.tenant)
    for name in MODEL_VARS:
        model = target.worker.vars.get(name)
        if _forbidden(model, allowed):
            yield _problem(target.file, target.path("vars", name), name, model)


def _allowed(tenant: TenantFiles) -> frozenset[str] | None:
    allowed = tenant.config.keys.get("allowedModels")
    if not isinstance(allowed, list):
        return None
    return frozenset(model for model in allowed if isinstance(model, str))


def _forbidden(model: Json, allowed: frozenset[str] | None) -> bool:
    # A value that is not a string, or a missing list, is reported by the schema.
    return isinstance(model, str) and allowed is not None and model not in allowed


def _problem(file: str, place: Place, name: str, model: Json) -> Problem:
    message = f"{name} is '{model}', which is not in allowedModels"
    return MODEL_NOT_ALLOWED.broken(file, place, message)
