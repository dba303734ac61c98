"""End canaries whose time is over: the next command that looks does, and `drift` looks."""

from collections.abc import Callable, Sequence
from datetime import datetime

from edgefleet.config.files.kept_tenants import those
from edgefleet.config.tenant import Tenant
from edgefleet.drift.context import DriftContext
from edgefleet.drift.models import Drift
from edgefleet.drift.rules import TRAFFIC
from edgefleet.errors import EdgefleetError, Interrupted, RestoreError
from edgefleet.records.models import Origin
from edgefleet.underway.models import CanaryEnd
from edgefleet.underway.request import CanaryAction, CanaryRequest
from edgefleet.underway.underway import act_on_canary


class OverdueCanaries:
    """Ends the canaries of targets whose time is over, each under its lock, with a record."""

    def __init__(
        self,
        context: DriftContext,
        tenants: Sequence[Tenant],
        here: Callable[[], Origin],
        now: datetime,
    ) -> None:
        self._context = context
        self._tenants = tenants
        self._here = here
        self._now = now

    def end(self, drift: Drift) -> Drift:
        """Return what is left of a target's drift; the canary stays where it cannot be ended."""
        if drift.canary is None or self._now < drift.canary.until:
            return drift
        try:
            result = act_on_canary(self._request(drift), self._context.ports()).result
        except (Interrupted, RestoreError):
            raise
        except EdgefleetError as error:
            words = f"its canary is over and could not be ended: {error.message} ({error.hint})"
            return drift.model_copy(update={"notes": (*drift.notes, words)})
        if result.state not in (CanaryEnd.RESTORED, CanaryEnd.FINISHED):
            return drift
        words = f"its canary was over ({drift.canary.words}) and is ended: {result.state}"
        left = tuple(one for one in drift.findings if one.change.path != TRAFFIC)
        update = {"findings": left, "notes": (*drift.notes, words), "canary_ended": result.state}
        return drift.model_copy(update=update)

    def _request(self, drift: Drift) -> CanaryRequest:
        (tenant,) = those(self._tenants, [drift.target.tenant])
        return CanaryRequest(
            target=drift.target,
            load=lambda: tenant,
            load_at=self._context.tenant_in,
            root=self._context.root,
            origin=self._here(),
            action=CanaryAction.EXPIRE,
        )
