"""Records of runs over a fleet, beside the records of targets: `fleet-<env>-<timestamp>.json`."""

from pathlib import Path

from pydantic import ValidationError

from edgefleet.core import atomic_files as atomic
from edgefleet.core.foreign.record import harmless
from edgefleet.core.regular_files import read_stored
from edgefleet.errors import UsageError
from edgefleet.fleet.models import FleetRecord
from edgefleet.records.models import Status


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
        lasting = record.status is not Status.IN_PROGRESS
        atomic.replace(path, record, lasting=lasting, entries="members")


def find_fleet(folder: Path, named: str) -> tuple[Path, FleetRecord]:
    """Return the record that `named` names: a file, or the id of a run among records in `folder`.

    The id of a run is its file's name without `.json`. Raises `UsageError`.
    """
    path = Path(named)
    if not path.is_file() and path.name == named:
        path = folder / f"{named.removesuffix('.json')}.json"
    if not path.is_file():
        raise UsageError(
            f"there is no record of a run '{named}'",
            hint="name its file deployments/fleet-<environment>-<time>.json, or <time> with "
            "what stands before it; deploy-all prints it at its end",
        )
    return path, read_fleet(path)


def read_fleet(path: Path) -> FleetRecord:
    """Read the record of a run. Raises `UsageError` where the file is none."""
    try:
        return harmless(FleetRecord.model_validate_json(read_stored(path)))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(
            f"{path} is no record of a run over a fleet",
            hint="name a file deployments/fleet-<environment>-<time>.json",
        ) from error
