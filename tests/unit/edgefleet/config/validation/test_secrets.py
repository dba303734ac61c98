"""The rule against secrets in the files of a tenant."""

from edgefleet.config.validation.secrets import secret_problem
from edgefleet.core.secret_scanner import find_secrets

RANDOM = "Xq3vR8sLpT2wZ9yB4nM7kD1fG6hJ0cAeUiOqWsE5"


def test_the_problem_has_the_place_and_not_the_secret() -> None:
    (found,) = find_secrets(f'"token": "{RANDOM}"')
    problem = secret_problem("tenants/a/b", found)
    assert problem.place == 10
    assert RANDOM not in repr(problem)


def test_a_file_that_git_ignores_is_a_warning() -> None:
    (found,) = find_secrets(f"TOKEN={RANDOM}")
    assert secret_problem("tenants/a/.dev.vars", found).severity == "warning"
    assert secret_problem("tenants/a/.env", found).severity == "error"
