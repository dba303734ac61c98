"""Records of runs over a fleet, beside the records of targets: `fleet-<env>-<timestamp>.json`."""

from pathlib import Path

from pydantic import ValidationError

from edgefleet.errors import UsageError
from edgefleet.model.fleet import FleetRecord
from edgefleet.model.record import Status
from edgefleet.ports import atomic


class FleetRecords:
    """The folder `deployments/`, as far as it holds runs over a fleet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, record: FleetRecord) -> Path:
        """Write a new record and return its path."""
        stem = f"fleet-{record.environment}-{record.started:%Y%m%dT%H%M%SZ}"
        return atomic.create(self._folder, stem, record)

    def replace(self, path: Path, record: FleetRecord) -> None:
        """Replace a record atomically."""
        atomic.replace(path, record, lasting=record.status is not Status.IN_PROGRESS)


def read_fleet(path: Path) -> FleetRecord:
    """Read the record of a run. Raises `UsageError` where the file is none."""
    try:
        return FleetRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(
            f"{path} is no record of a run over a fleet",
            hint="name a file deployments/fleet-<environment>-<time>.json",
        ) from error
