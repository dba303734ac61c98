"""Collect what a job leaves for later: records, plans, reports, the bundle's manifest.

Every file is searched for secrets first: the values of this job's own ones, the tokens that a
program gave it, and what looks like one. A single finding, and nothing is collected at all; the
finding is named, never shown. What is collected goes into one folder, for the action that uploads
it, with its SHA-256 digests beside it (`sha256sum --check SHA256SUMS`).
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from edgefleet.actions.jobs.handed_secrets import take_secrets
from edgefleet.config.credentials.command import VARIABLE
from edgefleet.config.credentials.issued_tokens import IssuedTokens
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.core.redaction import Redactor
from edgefleet.core.secret_scanner import leaks
from edgefleet.errors import ConfigError, UsageError

SUMS = "SHA256SUMS"
MAX_BYTES = 32 * 1024 * 1024


def collect(paths: Sequence[Path], output: Path) -> None:
    """Do it. Raises `ConfigError` over a secret, `UsageError` over what cannot be read."""
    if output.exists() and not (output.is_dir() and not any(output.iterdir())):
        raise UsageError(f"{output} is not empty", hint="name a folder that does not exist yet")
    take_secrets(Path.cwd())
    redact = Redactor(Credentials(os.environ, Path.cwd()).secrets())
    issued = IssuedTokens(os.environ)
    contents = dict(_collected(paths))
    found = [
        line for name, data in contents.items() for line in _findings(name, data, redact, issued)
    ]
    if found:
        print("\n".join(found), file=sys.stderr)
        raise ConfigError(
            f"{len(found)} secret{'s' * (len(found) > 1)} in what was to be uploaded; nothing is",
            hint="revoke what is named here, and find out how it came into the file",
        )
    _write(contents, output)
    print(f"{output}: {len(contents)} files, {sum(map(len, contents.values())):,} bytes")


def _collected(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield each file's name in the folder, and its bytes."""
    origins: dict[str, Path] = {}
    for path in paths:
        for file in _files(path):
            name = _name(file.resolve(), path.resolve().parent)
            if origins.setdefault(name, file.resolve()) != file.resolve():
                raise UsageError(f"{file} and {origins[name]} would both be {name}")
            yield name, _read(file)


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or every file of a folder but hidden ones, which are drafts."""
    if path.is_symlink():
        raise UsageError(f"{path} is a link", hint="name the file itself")
    if path.is_dir():
        for entry in sorted(path.iterdir()):
            if not entry.name.startswith("."):
                yield from _files(entry)
    elif path.is_file():
        yield path
    else:
        print(f"note: there is no {path}", file=sys.stderr)


def _name(file: Path, outside: Path) -> str:
    """Return the name in the folder, from here where it is below, else from `outside`.

    Upload actions leave out what begins with a dot.
    """
    relative = file.relative_to(Path.cwd() if file.is_relative_to(Path.cwd()) else outside)
    return "/".join(part.lstrip(".") for part in relative.parts)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file} has more than {MAX_BYTES:,} bytes", hint="leave it out")
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _findings(
    name: str, data: bytes, redact: Callable[[str], str], issued: IssuedTokens
) -> Iterator[str]:
    """Yield what is wrong with a file; what is no text cannot be searched."""
    shown = redact(name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{shown} is no text: byte {error.start + 1} is not UTF-8",
            hint="what cannot be searched for secrets is not uploaded: leave it out",
        ) from error
    if shown != name:
        yield f"{shown}: the name of this file holds a secret of this job"
    forms = (text, text.replace("\\", ""))
    if any(redact(form) != form for form in forms):
        yield f"{shown}: it holds a secret of this job"
    if any(map(issued.found_in, forms)):
        yield f"{shown}: it holds a token that {VARIABLE} gave this job"
    for leak in leaks(text):
        yield f"{shown}:{leak.line}: this looks like {leak.what}"


def _write(contents: Mapping[str, bytes], output: Path) -> None:
    """Write all or nothing: the folder appears when it is complete."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".draft-", dir=output.parent))
        try:
            _fill(draft, contents)
            draft.replace(output)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from error


def _fill(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.chmod(0o755)
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    sums = (f"{sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
    (folder / SUMS).write_text("".join(sums), "utf-8")
