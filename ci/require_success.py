"""Fail unless every job that this one needs succeeded, and name those that did not.

NEEDS holds GitHub's `needs` context as JSON. It imports nothing of the product: a verdict must not
fail because set-up did.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

SUCCESS = "success"
SKIPPED = "skipped"
LONGEST = 500
"""Characters of what a called workflow said."""


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0 if all succeeded, 1 otherwise; the output `failed` says which did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--may-skip", nargs="*", default=[], help="jobs that may be skipped")
    may_skip = parser.parse_args(argv).may_skip
    needs = json.loads(os.environ["NEEDS"])
    wrong = unsuccessful(needs, may_skip)
    for line in wrong:
        print(f"::error title=required checks::{line}")
    print(f"{len(needs) - len(wrong)} of {len(needs)} as they must be")
    _append("GITHUB_OUTPUT", f"failed={'; '.join(wrong)}\n")
    _append("GITHUB_STEP_SUMMARY", "".join(f"- {line}\n" for line in wrong))
    return 1 if wrong else 0


def unsuccessful(needs: Mapping[str, Any], may_skip: Collection[str]) -> list[str]:
    """Return `job: result` of each job that did not succeed; no job at all is wrong too."""
    if not needs:
        return ["this job needs no other: it proves nothing"]
    return [
        f"{name}: {job['result']}" + (f" ({why})" if (why := _reason(job)) else "")
        for name, job in needs.items()
        if job["result"] != SUCCESS and not (job["result"] == SKIPPED and name in may_skip)
    ]


def _reason(job: Mapping[str, Any]) -> str:
    """Return what a called workflow said of itself: one line that neither commands nor links."""
    said = str((job.get("outputs") or {}).get("failed", ""))
    return re.sub(r"[^\w .,:;()-]", "?", " ".join(said.split()))[:LONGEST]


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main())
