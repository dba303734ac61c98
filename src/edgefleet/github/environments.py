"""The environments of a repository at GitHub: their rules, and the names of their secrets.

https://docs.github.com/rest/deployments/environments; writing needs `administration: write`, names
of secrets `environments: read` and `secrets: read`. No value of a secret is read or written.
"""

from collections.abc import Iterable
from urllib.parse import quote

from edgefleet.core.model import Json
from edgefleet.errors import UsageError
from edgefleet.github import schemas as wire
from edgefleet.github.models import Protection, Reviewer
from edgefleet.github.repository import GitHub
from edgefleet.github.responses import GitHubRefused

PROTECTED = "protected branches"
"""What stands for GitHub's own choice `protected_branches` among patterns of branches."""


class Environments:
    """All environments of one repository."""

    def __init__(self, github: GitHub) -> None:
        self._api = github.api
        self._path = github.path

    def known(self, names: Iterable[str]) -> dict[str, Protection]:
        """Return the rules of those of these environments that exist, by name.

        GitHub takes names that differ only in case for one.
        """
        wanted = {name.casefold(): name for name in names}
        found = self._api.pages(
            f"{self._path}/environments", wire.EnvironmentSchema, "environments"
        )
        return {
            wanted[one.name.casefold()]: self._protection(one)
            for one in found
            if one.name.casefold() in wanted
        }

    def waiting(self) -> frozenset[str]:
        """Return the names, in lower case, of environments whose jobs wait before they begin.

        They have reviewers, a wait timer, or a rule of a GitHub App. Needs `actions: read`, and a
        request for each hundred environments.
        """
        found = self._api.pages(
            f"{self._path}/environments", wire.EnvironmentSchema, "environments"
        )
        return frozenset(
            one.name.casefold()
            for one in found
            if any(rule.type != "branch_policy" for rule in one.protection_rules)
        )

    def put(self, name: str, protection: Protection) -> None:
        """Create an environment or replace its rules; what it is to be, it is afterwards."""
        patterns = protection.branches != (PROTECTED,)
        policy = {"protected_branches": not patterns, "custom_branch_policies": patterns}
        reviewers = [{"type": one.kind, "id": one.id} for one in protection.reviewers]
        rules: Json = {
            "wait_timer": protection.wait_minutes,
            "prevent_self_review": protection.prevent_self_review,
            "reviewers": reviewers or None,
            "deployment_branch_policy": policy if protection.branches else None,
        }
        self._api.write("PUT", self._named(name), rules, wire.GitHubName)
        if patterns:
            self._put_branches(name, protection.branches)

    def delete(self, name: str) -> None:
        """Delete an environment with its secrets. Needs `administration: write`."""
        self._api.delete(self._named(name))

    def _put_branches(self, name: str, branches: tuple[str, ...]) -> None:
        path = f"{self._named(name)}/deployment-branch-policies"
        there = {one.name: one.id for one in self._policies(name)}
        for branch in branches:
            if branch not in there:
                self._api.write("POST", path, {"name": branch}, wire.GitHubName)
        for branch, number in there.items():
            if branch not in branches:
                self._api.delete(f"{path}/{number}")

    def reviewer(self, name: str) -> Reviewer:
        """Return a user by login, or a team by `organization/slug`. Raises `UsageError`."""
        organization, slash, slug = name.partition("/")
        path = f"/users/{quote(name, safe='')}"
        if slash:
            path = f"/orgs/{quote(organization, safe='')}/teams/{quote(slug, safe='')}"
        found = self._api.find(path, wire.GitHubId)
        if found is None:
            raise UsageError(
                f"GitHub knows no {'team' if slash else 'user'} '{name}'",
                hint="a reviewer is a login, or organization/team",
            )
        return Reviewer(kind="Team" if slash else "User", id=found.id, name=name)

    def secrets(self, name: str) -> frozenset[str] | None:
        """Return the names of an environment's secrets; None where the token may not see them."""
        return self._secrets(f"{self._named(name)}/secrets")

    def repository_secrets(self) -> frozenset[str] | None:
        """Return the names of the secrets that every job of the repository can get."""
        own = self._secrets(f"{self._path}/actions/secrets")
        shared = self._secrets(f"{self._path}/actions/organization-secrets")
        return own if own is None else own | (shared or frozenset())

    def _secrets(self, path: str) -> frozenset[str] | None:
        try:
            return frozenset(one.name for one in self._api.pages(path, wire.GitHubName, "secrets"))
        except GitHubRefused as error:
            if error.status == 401:
                raise
            return None

    def _named(self, name: str) -> str:
        return f"{self._path}/environments/{quote(name, safe='')}"

    def _policies(self, name: str) -> list[wire.Policy]:
        path = f"{self._named(name)}/deployment-branch-policies"
        return list(self._api.pages(path, wire.Policy, "branch_policies"))

    def _protection(self, schema: wire.EnvironmentSchema) -> Protection:
        rules = {rule.type: rule for rule in schema.protection_rules}
        reviewing = rules.get("required_reviewers", wire.ProtectionRule(type=""))
        waiting = rules.get("wait_timer", wire.ProtectionRule(type=""))
        policy = schema.deployment_branch_policy
        branches: tuple[str, ...] = ()
        if policy and policy.protected_branches:
            branches = (PROTECTED,)
        elif policy and policy.custom_branch_policies:
            branches = tuple(one.name for one in self._policies(schema.name))
        return Protection(
            reviewers=tuple(_reviewer(one) for one in reviewing.reviewers),
            wait_minutes=waiting.wait_timer or 0,
            prevent_self_review=bool(reviewing.prevent_self_review),
            branches=branches,
            admins_bypass=schema.can_admins_bypass,
        )


def _reviewer(schema: wire.ReviewerEntry) -> Reviewer:
    who = schema.reviewer
    return Reviewer(kind=schema.type, id=who.id, name=who.login or who.slug or str(who.id))
