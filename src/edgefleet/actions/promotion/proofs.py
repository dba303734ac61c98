"""Which bundles an environment proved: by GitHub's deployments, and the runs that made them.

Any pusher can make a deployment, and any job can give it any address. So a deployment counts
where a job of GitHub Actions made it, and the run that its status names is one of the workflow that
deploys, on the default branch, of the same commit, in which the job of this target ended well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from edgefleet.actions.promotion.deployments import End, at_positions, ends, proof, run_and_job
from edgefleet.config.identifiers import FLEET, UNATTENDED
from edgefleet.config.target import Environment, Target
from edgefleet.github.deployments import Enough, recent_deployments
from edgefleet.github.models import GitHubDeployment, WorkflowJob, WorkflowRun
from edgefleet.github.repository import GitHub
from edgefleet.github.runs import jobs_of, workflow_run
from edgefleet.github.workflow_files import FOLDER

FARTHEST = 30
"""Deployments of a target among which that of the commit is looked for."""

Jobs = Mapping[int, WorkflowJob]


@dataclass
class Proofs:
    """What an environment proved of one commit; `names` are all its tenants, sorted."""

    github: GitHub
    environment: Environment
    commit: str
    names: Sequence[str]
    workflow: str = "deploy.yml"
    """The file of the workflow that deploys."""
    finishing: str = "canary.yml"
    """The file of the workflow that goes on with canaries."""
    _runs: dict[int, tuple[WorkflowRun | None, Jobs]] = field(default_factory=dict)

    def unproved(self, tenants: Sequence[str], digest: str | None) -> dict[str, str]:
        """Return each tenant for which this bundle is not proved, and why; None: any bundle."""
        targets = {name: Target(tenant=name, environment=self.environment) for name in tenants}
        asked = [str(one) for one in targets.values()]
        fleet = f"{FLEET}-{self.environment}"
        own = recent_deployments(self.github, asked, self._seen(FARTHEST))
        back = [f"{one}{UNATTENDED}" for one in asked]
        unattended = recent_deployments(self.github, back, self._finish_seen)
        shards = recent_deployments(self.github, [fleet], self._all_seen)[fleet]
        found = {}
        for name, target in targets.items():
            mine = [one for one in shards if self._holds(one, name)]
            told = [*own[str(target)], *unattended[f"{target}{UNATTENDED}"], *mine]
            proved = proof(ends(told), self.commit, digest)
            jobs = [one for one in (proved.end, proved.finish) if one]
            doubts = (self._doubt(one, str(target)) for one in jobs)
            why = next(filter(None, doubts), proved.why)
            if why:
                found[name] = why
        return found

    def _seen(self, most: int) -> Enough:
        return lambda told: len(told) >= most or any(one.commit == self.commit for one in told)

    def _finish_seen(self, told: Sequence[GitHubDeployment]) -> bool:
        """Whether the end of this commit's canary is among these, as far back as it may be."""
        finished = (one.commit for one in ends(told) if one.finished)
        return len(told) >= FARTHEST or self.commit in finished

    def _all_seen(self, told: Sequence[GitHubDeployment]) -> bool:
        """Whether all shards of the commit are among these: older ones are of another commit."""
        return self._seen(FARTHEST)(told) and told[-1].commit != self.commit

    def _holds(self, shard: GitHubDeployment, tenant: str) -> bool:
        """Whether a shard of this commit deployed a tenant."""
        told = ends([shard]) if shard.commit == self.commit else []
        return any(
            end.positions is not None and tenant in at_positions(end.positions, self.names)
            for end in told
        )

    def _doubt(self, end: End, target: str) -> str:
        """Return why a deployment's run does not prove it; empty where it does."""
        place = run_and_job(end.status.log_url, self.github.repository)
        if place is None:
            return "its deployment names no job of this repository"
        number, job_id = place
        run, jobs = self._run(number)
        workflow = self.finishing if end.finished else self.workflow
        if run is None or run.path != f"{FOLDER}/{workflow}":
            return f"no run of {workflow} made its deployment"
        if run.branch != self._default_branch:
            return f"its deployment was made from the branch {run.branch}"
        if run.commit != self.commit and not end.finished:
            return "the run of its deployment is of another commit"
        job = jobs.get(job_id)
        if job is None or not self._deploys(job, end, target) or job.conclusion != "success":
            return f"the job of its deployment did not deploy {target} well"
        return ""

    def _deploys(self, job: WorkflowJob, end: End, target: str) -> bool:
        """Whether a job has the name of one that deploys a target, or finishes its canary."""
        if end.deployment.environment == f"{FLEET}-{self.environment}":
            return job.name.startswith("shard")
        return job.name == f"{'canary' if end.finished else 'deploy'} {target}"

    def _run(self, number: int) -> tuple[WorkflowRun | None, Jobs]:
        if number not in self._runs:
            run = workflow_run(self.github, number)
            ours = {f"{FOLDER}/{one}" for one in (self.workflow, self.finishing)}
            jobs = jobs_of(self.github, number) if run and run.path in ours else []
            self._runs[number] = run, {job.id: job for job in jobs}
        return self._runs[number]

    @cached_property
    def _default_branch(self) -> str:
        return self.github.default_branch()
