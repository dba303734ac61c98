"""Show on the page of the run how each target ended, and the command that does the rest."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.summaries.run_summary import RunToSummarize, summarize_run


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--workflow", required=True, help="the file to run again, such as deploy.yml"
    )
    parser.add_argument(
        "--targets", required=True, help="the output of the job `targets`; empty where it failed"
    )
    parser.add_argument("--skipped", default="[]", help="likewise")
    parser.add_argument("--inputs", required=True, help="GitHub's context `inputs` as JSON")
    parser.add_argument("--records", type=Path, required=True, help="the folder of all artifacts")
    parser.add_argument("--plans", type=Path, help="the folder of the artifacts of plans")
    parser.add_argument("--started", default="", help="GitHub's result of the first jobs")
    given = parser.parse_args(argv)
    return ended(lambda: summarize_run(RunToSummarize(**vars(given))))


if __name__ == "__main__":
    sys.exit(main())
