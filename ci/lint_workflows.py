"""Ask GitHub's own language server what is wrong with the workflows and actions of .github.

It knows contexts, functions, the inputs of what is called, and the newest keys. It gets no
session, so it sends nothing over the network.
https://github.com/actions/languageservices
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from edgefleet.errors import ExitCode

ROOT = Path(__file__).parents[1]
SERVER = ROOT / "node_modules/@actions/languageserver/dist/cli.bundle.cjs"
FILES = (".github/workflows/*.yml", ".github/actions/*/action.yml")


def main(argv: Sequence[str] | None = None) -> int:  # noqa: ARG001 - as every script of ci/
    """Print what it finds; return 4 if it finds anything."""
    files = [file for pattern in FILES for file in sorted(ROOT.glob(pattern))]
    found = list(diagnostics(ROOT, files))
    print("\n".join(found) or f"{len(files)} files: the language server finds nothing")
    return ExitCode.CONFIG if found else ExitCode.OK


def diagnostics(root: Path, files: Sequence[Path]) -> Iterator[str]:
    """Yield `file:line: message` of everything that the language server says of these files."""
    with subprocess.Popen(
        ["node", SERVER, "--stdio"],  # noqa: S607 - the node on PATH, as everywhere
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdin  # noqa: S101 - a pipe, as asked for
        assert server.stdout  # noqa: S101 - likewise
        try:
            yield from _conversation(root, files, server.stdin, server.stdout)
        finally:
            server.kill()


def _conversation(
    root: Path, files: Sequence[Path], to: IO[bytes], answers: IO[bytes]
) -> Iterator[str]:
    repository = {"id": 1, "owner": "o", "name": "n", "workspaceUri": root.as_uri()}
    options = {"repos": [{**repository, "organizationOwned": False}]}
    start: dict[str, Any] = {"processId": None, "rootUri": root.as_uri(), "capabilities": {}}
    _send(to, id=1, method="initialize", params={**start, "initializationOptions": options})
    _send(to, method="initialized", params={})
    for file in files:
        document = {"uri": file.as_uri(), "languageId": "yaml", "version": 1}
        text = {"textDocument": {**document, "text": file.read_text("utf-8")}}
        _send(to, method="textDocument/didOpen", params=text)
    waiting = {file.as_uri(): file.relative_to(root).as_posix() for file in files}
    while waiting:
        message = _receive(answers)
        if message.get("method") == "actions/readFile":
            path = Path(unquote(urlsplit(message["params"]["path"]).path))
            _send(to, id=message["id"], result=path.read_text("utf-8") if path.is_file() else None)
        elif message.get("method") == "textDocument/publishDiagnostics":
            name = waiting.pop(message["params"]["uri"], "")
            for one in message["params"]["diagnostics"]:
                yield f"{name}:{one['range']['start']['line'] + 1}: {one['message']}"


def _send(to: IO[bytes], **message: Any) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    to.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    to.flush()


def _receive(answers: IO[bytes]) -> dict[str, Any]:
    length = 0
    while line := answers.readline().strip():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if not length:
        raise SystemExit("the language server ended: run 'make setup'")
    message: dict[str, Any] = json.loads(answers.read(length))
    return message


if __name__ == "__main__":
    sys.exit(main())
