"""`edgefleet tail` with the real wrangler: it opens a tail and takes it away at Ctrl-C."""

import signal
import subprocess

from integration.conftest import TENANTS, Stage, token
from integration.test_overwritten import deploy
from support.ports import end_group

ONE = TENANTS[0]


def tails(stage: Stage, method: str) -> list[str]:
    """Return the requests of this method that open or end a tail."""
    return [
        one["path"]
        for one in stage.edge.requests()
        if one["method"] == method and "/tails" in one["path"]
    ]


def test_a_tail_is_taken_away_at_the_end(quick_stage: Stage) -> None:
    stage = quick_stage
    assert deploy(stage, "staging").code == 0
    options = ("--status", "error", "--search", "oops")
    process = subprocess.Popen(
        stage.project.command("tail", "--tenant", ONE, "--env", "staging", *options),
        cwd=stage.project.root,
        env=stage.project.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        output = ""
        while "Connected to" not in output:
            line = process.stdout.readline()
            assert line, output
            output += line
        process.send_signal(signal.SIGINT)
        output += process.communicate(timeout=30)[0]
    finally:
        end_group(process)
    assert process.returncode == 0, output
    assert (len(tails(stage, "POST")), len(tails(stage, "DELETE"))) == (1, 1)
    assert token(ONE) not in output


def test_a_target_that_is_not_deployed_logs_nothing(quick_stage: Stage) -> None:
    ran = quick_stage.project.run("tail", "--tenant", TENANTS[1], "--env", "production")
    assert ran.code == 2, ran.said
    assert "is not deployed" in ran.err
