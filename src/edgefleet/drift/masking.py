"""Mask what looks like a secret in a drift report: live values may be plain-text secrets."""

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.core.secret_scanner import masked
from edgefleet.drift.models import Drift
from edgefleet.plan.masking import Clean, masked_change, masked_changes, masked_value


def masked_drift(drift: Drift, clean: Clean = masked) -> Drift:
    """Return the drift with everything cleaned that stands at Cloudflare."""
    return drift.model_copy(
        update={
            "findings": tuple(
                one.model_copy(update={"change": masked_change(one.change, clean)})
                for one in drift.findings
            ),
            "ignored": masked_changes(drift.ignored, clean),
            "notes": tuple(clean(note, "") for note in drift.notes),
            "last_change": drift.last_change and _deployed(drift.last_change, clean),
        }
    )


def _deployed(last: DeploymentEvent, clean: Clean) -> DeploymentEvent:
    words = {"author": last.author, "message": last.message}
    return last.model_copy(update={key: masked_value(one, "", clean) for key, one in words.items()})
