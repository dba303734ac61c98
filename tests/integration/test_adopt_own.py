"""A tenant of this repository is adopted again from what runs: settings, overlay and all."""

import shutil

import pyjson5

from integration.conftest import TENANTS, Stage, token
from support.project import ROOT

ONE = TENANTS[0]
SCRIPT = "bluey-ai-worker"


def test_our_own_worker_comes_back_as_its_files_had_it(quick_stage: Stage) -> None:
    stage, home = quick_stage, quick_stage.project.root / "tenants" / ONE
    account = stage.project.wrangler(ONE)["account_id"]
    for environment in ("staging", "production"):
        deployed = stage.deploy(ONE, environment, "--allow-irreversible")
        assert deployed.code == 0, deployed.said
    before = {file.name: pyjson5.decode(file.read_text()) for file in home.iterdir()}
    shutil.rmtree(home)
    for environment in ("staging", "production"):
        words = ("--script", f"{SCRIPT}-{environment}", "--tenant", ONE, "--download")
        ran = stage.project.run("adopt", "--account", account, *words)
        assert ran.code == 0, ran.said
        assert "plan: No changes." in ran.out
        assert "not in the files" not in ran.out
    after = {file.name: pyjson5.decode(file.read_text()) for file in home.iterdir()}
    config, overlay = after["tenant.config.json"], after["wrangler.jsonc"]
    settings = pyjson5.decode((ROOT / "src/worker/settings.schema.json").read_text())["properties"]
    own = before["tenant.config.json"]
    assert {key: config.get(key) for key in settings} == {key: own.get(key) for key in settings}
    assert overlay["name"] == SCRIPT
    for environment in ("staging", "production"):
        mine, theirs = overlay["env"][environment], before["wrangler.jsonc"]["env"][environment]
        for one in theirs["d1_databases"]:
            del one["database_name"]  # Cloudflare tells the id alone
        assert mine == theirs
    printed = "".join(stage.project.printed)
    assert token(ONE) not in printed + str(after)
