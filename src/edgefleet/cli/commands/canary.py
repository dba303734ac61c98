"""`edgefleet canary`: the group of what is done with canaries."""

from edgefleet.cli.lazy_group import LazyGroup

canary = LazyGroup(
    {
        "explain": "Say how long each step must last to see a regression, from the last day.",
        "continue": "Judge canaries, and move each by one step at most.",
        "pause": "Let no step of canaries move; a bad version is restored all the same.",
        "abort": "Give everything to the version before.",
        "finish": "Give everything to the new version now, and prove it healthy.",
    },
    within="canary",
    help_text="Explain a canary before it begins; continue, pause, abort and finish one.",
)
