"""What a rehearsal on the embedded Cloudflare did, act by act."""

from edgefleet.config.target import Target
from edgefleet.core.model import Json, Model
from edgefleet.records.models import Health


class Availability(Model):
    """What a visitor saw: good answers by version, and the others by what they were."""

    versions: dict[str, int]
    failures: dict[str, int]

    @property
    def good(self) -> int:
        """How many answers were good."""
        return sum(self.versions.values())


class Act(Model):
    """One act: what was done, and what it proved or failed to prove."""

    title: str
    proved: bool
    words: str
    seconds: float


class Cell(Model):
    """One target on the grid at the end; `health` None means that nothing was deployed to it."""

    target: Target
    health: Health | None = None


class Rehearsal(Model):
    """All acts, how every target is at the end, and what each Worker answered, by URL."""

    schema_version: int = 1
    acts: tuple[Act, ...]
    left_out: tuple[str, ...] = ()
    """What no act could show of this Worker, and why."""
    grid: tuple[Cell, ...]
    answers: dict[str, Json]
    asked: str | None = None
    """What each of them was asked, such as `GET /health`; None for a Worker without HTTP."""

    @property
    def proved(self) -> bool:
        """Whether every act proved what it was to prove, and everything deployed is healthy."""
        healthy = all(cell.health.healthy for cell in self.grid if cell.health)
        return healthy and all(act.proved for act in self.acts)
