"""What is collected for upload, and that no secret is."""

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest

import collect_artifacts
from edgefleet.build.bundle_store import BundleStore
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.config.credentials.issued_tokens import announce
from edgefleet.core.secret import Secret
from edgefleet.records.store import Records
from support.records import run

CANARY = 'canary/value+of "a" secret'
OUT = Path("out")


@pytest.fixture(autouse=True)
def job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Stand in a job that has a secret, in a repository's folder."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", CANARY)
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    yield root
    assert not list(root.glob(".draft-*"))


def collect(*paths: str) -> int:
    return collect_artifacts.main(["--output", str(OUT), *paths])


def write(path: str, text: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
    return path


def collected() -> dict[str, str]:
    files = (file for file in OUT.rglob("*") if file.is_file())
    return {file.relative_to(OUT).as_posix(): file.read_text() for file in files}


def test_files_of_all_kinds_are_collected_with_their_digests(tmp_path: Path) -> None:
    Records(Path("deployments")).create(run(0, 9, account_id="a" * 32, bundle_digest="b" * 64))
    module = Module(name="index.js", content_type="application/javascript+module", content=b"1")
    home = BundleStore(Path(".edgefleet/bundles")).save(
        Bundle(main_module="index.js", modules=(module,), builder="wrangler 4.63.0")
    )
    plan = write(str(tmp_path / "temp" / "plan.json"), '{"changes": []}')
    assert collect("deployments", f"{home}/manifest.json", plan) == 0
    names = sorted(collected())
    assert names == [
        "SHA256SUMS",
        "deployments/acme-staging-20260301T120000Z.json",
        f"edgefleet/bundles/{home.name}/manifest.json",
        "plan.json",
    ]
    sums = dict(line.split("  ")[::-1] for line in collected()["SHA256SUMS"].splitlines())
    assert sums == {
        name: sha256((OUT / name).read_bytes()).hexdigest()
        for name in names
        if name != "SHA256SUMS"
    }


@pytest.mark.parametrize(
    "text",
    [
        f"log: {CANARY}",
        json.dumps({"body": json.dumps({"var": CANARY})}),
        f"https://x.example/?t={quote(CANARY, safe='')}",
        f'{{"UPSTREAM_TOKEN": "{"q8Zr2Lw9" * 4}"}}',
        json.dumps(json.dumps({"API_KEY": "q8Zr2Lw9" * 4})),
        f"ghp_{'a1B2' * 9}",
        "-----BEGIN RSA PRIVATE KEY-----\nMII",
    ],
)
def test_one_secret_and_nothing_is_collected_nor_shown(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("reports/good.json", "{}")
    write("reports/bad.json", f"\n\n{text}\n")
    assert collect("reports") == 4
    assert not OUT.exists()
    shown = "".join(capsys.readouterr())
    assert "reports/bad.json" in shown
    for secret in (CANARY, quote(CANARY, safe=""), "q8Zr2Lw9", "a1B2a1B2"):
        assert secret not in shown


def test_each_finding_is_named_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    write("one.json", f"\n\nghp_{'a1B2' * 9}\n")
    write("two.json", CANARY)
    assert collect("one.json", "two.json") == 4
    said = capsys.readouterr().err
    assert "one.json:3: this looks like a GitHub token" in said
    assert "two.json: it holds a secret of this job" in said
    assert "2 secrets in what was to be uploaded" in said


def test_a_secret_of_the_file_of_tokens_counts_too() -> None:
    write(".env.deploy", "CLOUDFLARE_API_TOKEN_BIRCH=token-of-birch\n")
    assert collect(write("log.txt", "token-of-birch")) == 4


def test_a_secret_in_a_files_name_is_found_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "name-of-a-file")
    assert collect(write("name-of-a-file.json", "{}")) == 4
    assert "name-of-a-file" not in "".join(capsys.readouterr())


def test_ids_and_digests_of_our_own_records_are_no_findings() -> None:
    config = json.dumps({"apiKeyDigests": [sha256(b"k").hexdigest()], "accountId": "b7b4" * 8})
    facts = {"vars.TENANT_CONFIG": config, "modules.index.js": sha256(b"m").hexdigest()}
    record = run(0, 9, git_commit=sha256(b"c").hexdigest()[:40], bundle_digest="b7" * 32)
    write("plan.json", json.dumps({"changes": facts}, indent=2))
    write("record.json", record.model_dump_json(indent=2))
    assert collect("plan.json", "record.json") == 0


def test_bytes_that_are_no_text_do_not_go_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("archive.gz").write_bytes(b"\x1f\x8b" + b64encode(b"x"))
    assert collect("archive.gz") == 2
    assert "archive.gz is no text" in capsys.readouterr().err
    assert not OUT.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    Path("reports").mkdir()
    Path("reports/link.json").symlink_to(tmp_path / "elsewhere")
    assert collect("reports") == 2


def test_what_is_not_there_is_said_and_the_rest_collected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert collect("deployments", write("drift.json", "[]")) == 0
    assert "note: there is no deployments" in capsys.readouterr().err
    assert sorted(collected()) == ["SHA256SUMS", "drift.json"]


def test_drafts_in_a_folder_are_left_out() -> None:
    write("deployments/.x.tmp", "half")
    write("deployments/a.json", "{}")
    assert collect("deployments") == 0
    assert sorted(collected()) == ["SHA256SUMS", "deployments/a.json"]


def test_bytes_are_not_changed_on_the_way() -> None:
    Path("a.txt").write_bytes(b"one\r\ntwo\n")
    assert collect("a.txt") == 0
    assert (OUT / "a.txt").read_bytes() == b"one\r\ntwo\n"


def test_a_folder_that_holds_something_is_refused() -> None:
    write("out/kept.txt", "x")
    assert collect(write("a.json", "{}")) == 2
    assert collected() == {"kept.txt": "x"}


def test_partly_written_folder_is_removed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Without its dot, the folder would stand where the file does.
    assert collect(write("one.json", "{}"), write(".one.json/two.json", "{}")) == 2
    assert "out cannot be written" in capsys.readouterr().err
    assert not OUT.exists()


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    paths = [write(str(tmp_path / name / "plan.json"), "{}") for name in ("a", "b")]
    assert collect(*paths) == 2
    assert collect(paths[0], paths[0]) == 0


def test_a_token_that_a_program_gave_an_earlier_step_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Review 9: tokens of the credential command were unknown to the step that uploads."""
    issued = "plain-words-that-look-like-none"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    announce(Secret(issued), os.environ)
    capfd.readouterr()
    write("deployments/a.json", json.dumps({"message": f"token {issued} is not allowed"}))
    assert collect("deployments") == 4
    told = capfd.readouterr().err
    assert "deployments/a.json: it holds a token that EDGEFLEET_CREDENTIAL_COMMAND gave" in told
    assert issued not in told
    assert not OUT.exists()
