"""Reads the deployed versions of each script, as the spec of the instance that runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localedge.model import ScriptRef, TrafficShare, WorkerSource, WorkerVersion
from localedge.runtime.edge import version_selection
from localedge.runtime.instances.contexts import own_namespaces
from localedge.runtime.instances.instance import InstanceSpec, RunningWorkflow

_REMEMBERED = 1024


class NotDeployed(Exception):
    """The script has no deployment, so no version can respond."""


@dataclass(frozen=True, slots=True)
class _Facts:
    number: int
    own_namespaces: tuple[str, ...]
    entrypoints: frozenset[str]
    databases: frozenset[str]


class DeployedVersions:
    """The live versions of each script. Each is read once, until the script changes."""

    def __init__(self, source: WorkerSource) -> None:
        self._source = source
        self._facts: dict[tuple[ScriptRef, str], _Facts] = {}

    def forget(self, ref: ScriptRef) -> None:
        """Read the script's versions again: its classes have changed."""
        for key in [it for it in self._facts if it[0] == ref]:
            del self._facts[key]

    def shares(self, ref: ScriptRef) -> Sequence[TrafficShare]:
        """Return the traffic split in force; raise `NotDeployed` where there is none."""
        shares = self._source.live(ref)
        if not shares:
            raise NotDeployed(ref.name)
        return shares

    def spec(self, ref: ScriptRef) -> InstanceSpec:
        """Return what an instance has to run to answer for the script now."""
        shares = self.shares(ref)
        facts = {share.version_id: self._version_facts(ref, share.version_id) for share in shares}
        owners = version_selection.durable_object_owners(
            shares,
            {id_: it.own_namespaces for id_, it in facts.items()},
            {id_: it.number for id_, it in facts.items()},
        )
        databases = frozenset(
            (it, self._source.hyperdrive_changed(ref.account_id, it))
            for fact in facts.values()
            for it in fact.databases
        )
        workflows = self._workflows(ref, shares, facts)
        return InstanceSpec(frozenset(facts), owners, workflows, databases)

    def _workflows(
        self, ref: ScriptRef, shares: Sequence[TrafficShare], facts: Mapping[str, _Facts]
    ) -> frozenset[RunningWorkflow]:
        """Return the script's workflows, each with the version that runs it, as for namespaces."""
        known = self._source.workflow_classes(ref)
        bound = {
            id_: [it.namespace_id for it in known if it.class_name in fact.entrypoints]
            for id_, fact in facts.items()
        }
        numbers = {id_: it.number for id_, it in facts.items()}
        owners = version_selection.durable_object_owners(shares, bound, numbers)
        return frozenset(
            RunningWorkflow(it.name, it.class_name, it.namespace_id, owners[it.namespace_id])
            for it in known
            if it.namespace_id in owners
        )

    def preview_spec(self, ref: ScriptRef, version_id: str) -> InstanceSpec:
        """Return what an instance has to run to preview a version that is not deployed.

        Raises `NotDeployed` where it has Durable Objects: their storage is the deployed
        version's, and Cloudflare makes no preview URL for such a Worker either
        (https://developers.cloudflare.com/workers/configuration/previews/).
        """
        if self._version_facts(ref, version_id).own_namespaces:
            raise NotDeployed(ref.name)
        return InstanceSpec(frozenset({version_id}), {})

    def version(self, ref: ScriptRef, version_id: str) -> WorkerVersion:
        """Return one version; raise `NotDeployed` where the script has no such version."""
        version = self._source.version(ref, version_id)
        if version is None:
            raise NotDeployed(ref.name)
        return version

    def _version_facts(self, ref: ScriptRef, version_id: str) -> _Facts:
        known = self._facts.get((ref, version_id))
        if known is None:
            version = self.version(ref, version_id)
            known = _Facts(
                version.number,
                own_namespaces(ref, version),
                version.entrypoints,
                frozenset(it["id"] for it in version.bindings if it["type"] == "hyperdrive"),
            )
            if len(self._facts) >= _REMEMBERED:
                self._facts.clear()
            self._facts[ref, version_id] = known
        return known
