"""SARIF 2.1.0, which GitHub's code scanning shows beside the lines of a pull request.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/; what GitHub reads of it:
https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from edgefleet.core.model import Json


def sarif_log(
    name: str, version: str, rules: Sequence[Json], results: Sequence[Json]
) -> dict[str, Json]:
    """Return the log of one run of a tool; columns count characters."""
    driver = {"name": name, "version": version, "rules": list(rules)}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": list(results),
            }
        ],
    }


def sarif_location(file: str, line: int, column: int | None = None) -> Json:
    """Return a place in a file, from the root, with forward slashes."""
    uri = PurePosixPath("/", file).as_uri().removeprefix("file:///")
    region = {"startLine": line} | ({"startColumn": column} if column else {})
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
