"""All of the twenty Workers are deployed by plain wrangler, and adopted without a difference."""

from pathlib import Path

from support.adoption import adopt_twenty, adoption, workers


def test_twenty_workers_of_plain_wrangler_are_adopted(tmp_path: Path) -> None:
    with adoption(tmp_path) as adopting:
        twenty = workers(adopting.made)
        assert adopt_twenty(adopting, twenty.keys()) == dict.fromkeys(twenty, ([], []))
        assert len(twenty) == 20
