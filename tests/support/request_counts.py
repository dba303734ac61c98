"""How many API requests each course of our own Worker may send: docs/scale.md has them, too."""

MOST = {
    "new version": 28,
    "new version, the live one not seen before": 28,
    "unchanged": 14,
    "unchanged, by deploy-all": 12,
    "check of deploy-all, each token": 2,
    "plan": 13,
    "drift": 14,
    "drift, the live one not seen before": 14,
    "rollback": 28,
}
"""The course -> requests at one target; where nothing else is said, this machine has looked at the
live version before, its settings are as they should be, and the api engine uploads."""
