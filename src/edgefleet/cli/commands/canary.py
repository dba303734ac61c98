"""`edgefleet canary`: the group of what is done with canaries that are under way."""

from edgefleet.cli.lazy_group import LazyGroup

canary = LazyGroup(
    {
        "continue": "Judge canaries, and move each by one step at most.",
        "pause": "Let no step of canaries move; a bad version is restored all the same.",
        "abort": "Give everything to the version before.",
        "finish": "Give everything to the new version now, and prove it healthy.",
    },
    within="canary",
    help_text="Continue, pause, abort and finish canaries that no run waits for.",
)
