"""Who put in force what is live, and from which commit it was made."""

from collections.abc import Sequence
from typing import NamedTuple

from edgefleet.cloudflare.models import DeploymentEvent, LiveState, Version
from edgefleet.core.foreign.text import foreign_text
from edgefleet.history.expected_record import recorded
from edgefleet.history.rules import explanation
from edgefleet.records.models import Record
from edgefleet.records.signature import commit_of_tag, own_tag, read_message


class Standing(NamedTuple):
    """What is known of the deployment in force."""

    foreign: DeploymentEvent | None = None
    """The deployment that edgefleet did not make; None where it made the one in force."""
    commit: str | None = None
    """What the live version was made from, maybe abbreviated; None where nothing tells."""
    base: str | None = None
    """The version below those that only set a secret, where the live version is such a one."""


def standing(live: LiveState, records: Sequence[Record] = ()) -> Standing:
    """Return who deployed what is live. A secret that is set is no deploy: what it was set on is.

    A deployment of an own version is edgefleet's where its message says so, where a record
    explains it, or where it is the first one of that version: a script upload is live at once, and
    has Cloudflare's message.
    """
    versions = {version.id: version for version in live.versions}
    for place, one in enumerate(live.history):
        version = versions.get(one.main_version or "")
        signed = read_message(one.message)
        if version and version.set_secret and signed is None:
            continue
        older = live.history[place + 1 :]
        ours = signed is not None or _unsigned(one, version, older, records)
        commit = commit_of_tag(version.tag) if version else None
        return Standing(
            foreign=None if ours else one,
            commit=commit or (signed.commit if signed else None) or _on_record(one, records),
            base=one.main_version if place else None,
        )
    return Standing()


def foreign_words(one: DeploymentEvent) -> str:
    """Return in a line that a deployment is not edgefleet's: how, when and with which words."""
    return f"what is live was not deployed by edgefleet ({deployed_words(one)})"


def deployed_words(one: DeploymentEvent) -> str:
    """Return in a line how and when a deployment was made, and with which message."""
    facts = [one.source or one.author, f"{one.created_on:%Y-%m-%d %H:%M} UTC"]
    said = f'"{one.message}"' if one.message else None
    return ", ".join(foreign_text(fact) for fact in (*facts, said) if fact)


def _unsigned(
    one: DeploymentEvent,
    version: Version | None,
    older: Sequence[DeploymentEvent],
    records: Sequence[Record],
) -> bool:
    if explanation(one, records) is not None:
        return True
    tagged = version is not None and own_tag(version.tag)
    first = all(one.main_version != before.main_version for before in older)
    return (tagged or recorded(one.main_version, records)) and first


def _on_record(one: DeploymentEvent, records: Sequence[Record]) -> str | None:
    made = (record for record in records if record.version_id == one.main_version)
    return next((record.git_commit for record in made if record.status.good), None)
