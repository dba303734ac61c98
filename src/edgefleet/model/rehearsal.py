"""What a rehearsal on the embedded Cloudflare did."""

from edgefleet.model.base import Json, Model
from edgefleet.model.health import Health
from edgefleet.model.record import Record
from edgefleet.model.target import Target


class Cell(Model):
    """One target on the grid; `health` None means that nothing was deployed to it."""

    target: Target
    health: Health | None = None


class Rehearsal(Model):
    """What was deployed, how it is, and what each Worker answered, by URL."""

    records: tuple[Record, ...]
    grid: tuple[Cell, ...]
    answers: dict[str, Json]

    @property
    def healthy(self) -> bool:
        """Whether everything that was deployed proved itself."""
        return all(cell.health.healthy for cell in self.grid if cell.health)
