"""Draw docs/rehearse.svg: what `edgefleet rehearse` shows, as it was printed by a real run."""

import os
import re
import subprocess
import sys
import textwrap
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "rehearse.svg"
COLUMNS = 140
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"


def main() -> int:
    """Run the rehearsal and draw its end."""
    done = subprocess.run(
        [sys.executable, "-m", "edgefleet.cli.main", "rehearse"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": str(COLUMNS), "PYTHONUNBUFFERED": "1"},
        check=True,
    )
    PICTURE.write_text(drawn(shortened(done.stdout)))
    return 0


def shortened(output: str) -> str:
    """Keep the acts, what each proved, and the grid: a picture has no room for every line."""
    shown, grid = output.split("\nNothing is left running.\n")
    acts = [
        line.strip() if line.startswith("Act") else line
        for line in shown.splitlines()
        if line.startswith(("Act ", "  proved", "  stopped", "  low", "  medium", "  through"))
    ]
    targets = grid.split("\n\nGET ")[0].strip().split("\n\n")[-1]
    return "\n".join(
        [
            *(
                textwrap.shorten(line, COLUMNS - 4) if len(line) > COLUMNS else line
                for line in acts
            ),
            "",
            targets,
        ]
    )


def drawn(output: str) -> str:
    """Return the text as an SVG that names no font of another host."""
    console = Console(record=True, width=COLUMNS, file=StringIO())
    text = Text("$ edgefleet rehearse\n" + output)
    text.highlight_regex(r"\b(proved|healthy)\b", "green")
    text.highlight_regex(r"(?m)^(\$ .*|Act .*|tenant  .*)$", "bold")
    console.print(text)
    svg = console.export_svg(title="edgefleet", unique_id="rehearse")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", FONT)


if __name__ == "__main__":
    sys.exit(main())
