"""`edgefleet github`: the group of what a fleet's repository needs at GitHub."""

from edgefleet.cli.lazy_group import LazyGroup

github = LazyGroup(
    {
        "bootstrap": "Create GitHub's environments of tenants; print which secrets are missing.",
        "ruleset": "Compare what protects the default branch with a ruleset, and bring it there.",
    },
    within="github",
    help_text="Set the repository of a fleet up at GitHub.",
)
