"""The levels of proof: how much a health check shows of a Worker."""

from enum import StrEnum


class ProofLevel(StrEnum):
    """What was proved of a version, the weakest first; each level includes those before it."""

    DEPLOYED = "deployed"
    ANSWERS = "answers"
    VERSION = "version"
    TENANT = "tenant"

    @property
    def rank(self) -> int:
        """How strong it is; 0 is the weakest."""
        return list(ProofLevel).index(self)


SHOWS = {
    ProofLevel.DEPLOYED: "Cloudflare says that the version is in force",
    ProofLevel.ANSWERS: "the Worker answers as expected",
    ProofLevel.VERSION: "this version answers as expected",
    ProofLevel.TENANT: "this version answers as expected, for this tenant and environment",
}
"""What each level shows, in words."""

LACKS = {
    ProofLevel.DEPLOYED: "whether the Worker answers",
    ProofLevel.ANSWERS: "which version answers, and for which tenant",
    ProofLevel.VERSION: "for which tenant and environment it answers",
    ProofLevel.TENANT: "",
}
"""What each level does not show, in words."""


def proof_words(proof: ProofLevel) -> str:
    """Return a level, what it shows, and what it does not, as one line."""
    lacks = f"; it does not show {LACKS[proof]}" if LACKS[proof] else ""
    return f"{proof}: {SHOWS[proof]}{lacks}"
