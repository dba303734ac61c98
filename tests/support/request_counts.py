"""How many API requests each course of our own Worker may send: docs/scale.md has them, too."""

MOST = {
    "new version": 14,
    "new version, the live one seen before": 14,
    "new version, the live one not seen before": 16,
    "unchanged": 7,
    "unchanged, by deploy-all": 5,
    "new version, by deploy-all": 12,
    "check of deploy-all, each token": 2,
    "plan": 7,
    "drift": 5,
    "drift, the live one not seen before": 9,
    "rollback": 15,
}
"""The course -> requests at one target; where nothing else is said, this machine has uploaded or
seen the live version before, its settings are as they should be, and the api engine uploads."""
