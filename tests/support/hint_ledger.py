"""Which test pastes which command of a hint; a command without a row fails (test_hint_ledger.py).

A command is written as `hint_commands` finds it: `X` is what the source puts in. A test in a module
that imports `kept` must paste what its rows say; the others run the same command in their own way.
"""

import re
from collections.abc import Iterator

import pytest

from support.pasting import PASTED
from support.project import ROOT

TESTS = ROOT / "tests"
_TARGETS = "integration/test_pasted_hints.py::"
_FILES = "integration/test_pasted_hints_of_files.py::"
_CANARIES = "integration/test_pasted_hints_of_canaries.py::"
_FLEETS = "integration/test_pasted_hints_of_fleets.py::"
_ONBOARDING = "integration/test_pasted_hints_of_onboarding.py::"
_LOCKS = "integration/test_pasted_hints_of_locks.py::"
_SHELL = "integration/test_pasted_hints_in_shell.py::"
_FREED = "contract/test_pasted_wrangler_hints.py::test_hints_free_and_remove_what_a_worker_has"

PASTES: dict[str, tuple[str, ...]] = {
    f"{_TARGETS}test_a_frozen_tenant_is_deployed_all_the_same": (
        "edgefleet deploy --tenant X --env X --ignore-hold",
    ),
    f"{_TARGETS}test_a_foreign_deployment_is_shown_and_then_overwritten": (
        "edgefleet plan --tenants X --env X",
        "edgefleet deploy --tenant X --env X --allow-foreign",
    ),
    f"{_TARGETS}test_an_older_commit_is_deployed_over_a_newer_one": (
        "edgefleet deploy --tenant X --env X --allow-older",
    ),
    f"{_TARGETS}test_a_pending_migration_is_applied": (
        "edgefleet deploy --tenant X --env X --allow-irreversible",
    ),
    f"{_TARGETS}test_a_split_of_another_tool_is_replaced": ("X --replace-split",),
    f"{_TARGETS}test_rollback_lists_versions_and_takes_one": (
        "edgefleet history --tenants X --env X",
        "edgefleet rollback --tenants X --env X --to VERSION_ID",
    ),
    f"{_TARGETS}test_changed_secrets_are_left_as_they_are": (
        "edgefleet rollback --tenants X --env X --to X",
        "X --allow-changed-secrets",
    ),
    f"{_TARGETS}test_tags_that_cannot_be_read_are_explained": ("edgefleet validate --tenants X",),
    f"{_TARGETS}test_outdated_plan_is_made_again": (
        "edgefleet plan --tenants X --env X --output FILE",
    ),
    f"{_TARGETS}test_failed_deploy_is_repeated": ("edgefleet deploy --tenant X --env X",),
    f"{_FILES}test_a_first_upload_is_deployed_without_a_canary": (
        "edgefleet deploy --tenant X --env X --canary none",
    ),
    f"{_FILES}test_a_soak_of_no_canary_gets_its_canary": (
        "edgefleet deploy --tenant X --env X --canary 5,25,50 --soak 10m",
    ),
    f"{_FILES}test_a_subdomain_is_asked_of_one_account": (
        "edgefleet provision --tenants X --env X --subdomain X",
    ),
    f"{_FILES}test_a_pin_to_no_version_is_looked_up": (
        "edgefleet history",
        "edgefleet history --format json",
    ),
    f"{_FILES}test_a_resource_that_is_not_there_is_made": (
        "edgefleet provision --tenants X --env X --apply",
        "edgefleet validate --remote --tenants X --env X",
    ),
    f"{_CANARIES}test_a_canary_under_way_goes_on": (
        "edgefleet canary continue --tenants X --env X",
    ),
    f"{_CANARIES}test_a_held_canary_is_aborted": ("edgefleet canary abort --tenants X --env X",),
    f"{_CANARIES}test_a_held_canary_is_finished": (
        "edgefleet canary finish --tenants X --env X --ignore-hold",
    ),
    f"{_CANARIES}test_the_version_before_is_kept_for_a_time": (
        "edgefleet deploy --tenant X --env X --canary 0 --keep 1h",
    ),
    f"{_CANARIES}test_too_little_traffic_is_deployed_without_a_canary": ("X --canary none",),
    f"{_CANARIES}test_steps_of_no_canary_get_their_canary": (
        "edgefleet deploy-all --env X --canary 5,25,50 --soak 10m",
    ),
    "integration/test_retention.py::test_a_live_version_that_is_too_old_is_replaced_on_purpose": (
        "edgefleet deploy --tenant X --env X X",
    ),
    f"{_FLEETS}test_a_bundle_that_is_none_is_built": ("edgefleet build",),
    f"{_FLEETS}test_drift_is_looked_at_again_and_repaired": (
        "X --repair",
        "edgefleet drift --tenants X --env X",
        "edgefleet drift --tenants all --env all --format json --output FILE",
    ),
    f"{_FLEETS}test_a_failed_smoke_test_is_rolled_back": (
        "edgefleet rollback --tenants X --env X",
    ),
    f"{_FLEETS}test_a_run_of_first_uploads_goes_to_a_commit": (
        "edgefleet rollback --tenants X --env X --to GIT_REF",
    ),
    f"{_FLEETS}test_the_tag_of_a_deploy_is_pushed": ("git push origin X",),
    f"{_FLEETS}test_a_missing_program_is_looked_for": ("edgefleet doctor",),
    f"{_FLEETS}test_doctor_shows_a_cloudflare_that_does_not_answer": ("edgefleet doctor",),
    f"{_FLEETS}test_a_ruleset_that_differs_is_applied": ("edgefleet github ruleset --apply",),
    "integration/test_rehearse.py::test_every_act_is_proved_and_keep_leaves_it_up": ("kill X",),
    f"{_ONBOARDING}test_what_follows_init_makes_a_fleet_in_git": (
        "X --account X",
        "edgefleet tenant add X",
        "edgefleet validate",
        "git add --all",
        "git commit --message 'Make a fleet'",
        "git init",
    ),
    f"{_ONBOARDING}test_folder_without_a_fleet_becomes_one": ("edgefleet init",),
    f"{_ONBOARDING}test_one_of_several_workers_is_taken": ("edgefleet init --worker X",),
    f"{_ONBOARDING}test_folder_of_the_worker_is_named": ("edgefleet init --worker FOLDER",),
    f"{_ONBOARDING}test_tenant_of_another_account_gets_another_name": (
        "edgefleet tenant add NAME --account ID",
    ),
    f"{_ONBOARDING}test_tenants_to_copy_are_listed": ("edgefleet tenant list",),
    f"{_ONBOARDING}test_new_file_names_what_shows_the_whole": (
        "edgefleet render --tenants X --env ENV --diff",
    ),
    f"{_ONBOARDING}test_edits_are_committed_before_an_upgrade": (
        "edgefleet upgrade",
        "git commit --message 'Our edits'",
    ),
    f"{_ONBOARDING}test_folder_of_migrations_that_is_gone_is_named": (
        "edgefleet validate --tenants all",
    ),
    f"{_ONBOARDING}test_commit_of_the_actions_is_printed": ("git rev-parse HEAD",),
    f"{_ONBOARDING}test_wrong_option_shows_the_right_ones": ("X --help",),
    f"{_ONBOARDING}test_key_is_compared_with_its_digest": ("printf",),
    "integration/test_adopt.py::test_script_of_another_name_is_adopted_as_the_hint_says": (
        "edgefleet adopt --account X --script NAME --tenant X --env X",
        "edgefleet plan --tenants X --env X X",
    ),
    "integration/test_adding_a_tenant.py::test_the_page_leads_to_a_worker_that_answers": (
        "X --apply",
        "edgefleet provision --tenants X --env X",
        "edgefleet validate --tenants X --env X",
    ),
    f"{_LOCKS}test_who_holds_a_target_is_listed": ("edgefleet locks",),
    f"{_LOCKS}test_lock_of_a_target_is_freed": (
        "edgefleet unlock --tenant NAME --env ENV --id ID --reason TEXT",
    ),
    f"{_LOCKS}test_locks_of_a_run_are_freed": ("edgefleet unlock --run ID --reason TEXT",),
    f"{_LOCKS}test_repository_without_a_remote_gets_one": ("git remote add X URL",),
    f"{_LOCKS}test_remote_that_takes_no_push_says_so": ("git push --dry-run X HEAD",),
    "integration/test_shared_locks.py::test_remote_lost_during_a_deploy_restores": (
        "edgefleet unlock --run X --reason 'the remote did not answer'",
    ),
    f"{_SHELL}test_folder_without_rights_gets_them": ("chmod u+rwx X",),
    f"{_SHELL}test_file_in_a_folders_place_is_moved": ("mv X X.old",),
    f"{_SHELL}test_commit_that_is_not_here_is_fetched": ("git fetch X --tags",),
    f"{_SHELL}test_tag_of_another_commit_is_shown": ("git show X",),
    f"{_SHELL}test_git_is_told_who_tags": (
        "git config user.email ADDRESS",
        "git config user.name NAME",
    ),
    f"{_SHELL}test_records_that_git_tracks_are_dropped_from_it": ("git rm --cached X",),
    f"{_SHELL}test_changed_list_of_written_files_is_put_back": ("git checkout HEAD -- X",),
    f"{_SHELL}test_file_of_a_finished_build_is_added": ("git add --force X",),
    f"{_SHELL}test_remote_that_does_not_answer_says_why": ("git ls-remote X",),
    f"{_SHELL}test_folder_without_a_remote_gets_one": ("git remote add origin URL",),
    "integration/test_release.py::test_a_changed_tree_is_no_release": ("git status",),
    "integration/test_release.py::test_a_commit_that_main_lacks_is_no_release": (
        "git tag --force X",
    ),
    "integration/test_release.py::test_a_tag_of_another_commit_is_no_release": ("git checkout X",),
    "integration/test_release.py::test_a_second_tag_on_the_commit_is_no_release": (
        "git tag --points-at HEAD",
    ),
    _FREED: (
        "npx wrangler agent-memory namespace create",
        "npx wrangler delete --name X",
        "npx wrangler queues consumer http remove X",
        "npx wrangler queues consumer worker remove X X",
        "npx wrangler secret put NAME --name SCRIPT",
        "npx wrangler secret put NAME --name X",
        "npx wrangler secret put X --name X",
        "npx wrangler versions deploy VERSION_ID@100% --name X",
        "npx wrangler workflows delete X",
    ),
    f"{_TARGETS}test_a_failed_restore_is_ended_in_both_directions": (
        "edgefleet rollback --tenants X --env X --replace-split --to",
        "edgefleet rollback --tenants X --env X --replace-split --to X",
        "X --to X",
        "edgefleet deploy --tenant X --env X --replace-split",
    ),
    f"{_SHELL}test_folder_of_a_full_or_locked_disk_is_shown": (
        "df -h X",
        "ls -ld X",
    ),
    f"{_SHELL}test_what_lies_in_a_locks_place_is_removed": (
        "rm X",
        "rmdir X",
    ),
    f"{_SHELL}test_history_that_cannot_tell_is_fetched": (
        "git fetch --all --tags",
        "git fetch --unshallow --tags",
    ),
    f"{_FLEETS}test_a_variable_is_set_to_what_is_right": (
        "export X=60",
        "export X=600/300",
    ),
    f"{_FLEETS}test_uncommitted_files_are_shown_or_deployed": (
        "X --force",
        "git status --ignored",
        "edgefleet deploy-all --env X",
    ),
    f"{_SHELL}test_file_that_a_build_needs_is_put_into_git": (
        "git add X",
        "git add X/package.json",
        "git add X/X",
        "npm install",
    ),
}
"""Tests, and the commands of hints that each of them pastes."""

RUNS: dict[str, tuple[str, ...]] = {
    "integration/test_rings.py::test_failed_smoke_test_stops_the_ring_and_rolls_back": (
        "edgefleet rollback --run FILE",
    ),
    "integration/test_build.py::test_what_is_as_it_was_is_not_built_again": (
        "edgefleet build --no-cache",
    ),
    "integration/test_dev.py::test_the_worker_runs_as_its_tenant_until_it_is_told_to_stop": (
        "edgefleet dev --tenant X",
    ),
    "integration/test_provision.py::test_a_part_that_failed_is_named_and_the_rest_done": (
        "X --apply --resume",
    ),
    "integration/test_provision.py::test_what_has_the_name_is_taken_with_yes_alone": (
        "X --apply --yes",
    ),
    "integration/test_provision.py::test_a_name_below_workers_dev_that_is_taken": (
        "edgefleet provision --tenants X --env X --apply --subdomain NAME",
    ),
    "integration/test_tenant_remove.py::test_only_typed_names_are_deleted": (
        "X --apply X",
        "edgefleet tenant remove X",
        "edgefleet tenant remove X --apply",
    ),
    "integration/test_secrets.py::test_first_deploy_names_its_missing_secret_and_resumes": (
        "npx wrangler X X --config X --env X",
        "npx wrangler secret put X --config X --env X",
    ),
    "integration/test_adding_a_tenant.py::test_the_page_leads_to_a_worker_that_answers": (
        "edgefleet github bootstrap --env ENV",
    ),
    "contract/test_wrangler_tail.py::test_wrangler_tail_shows_what_failed": (
        'curl -H "localedge-token: $TOKEN" X/__localedge__/logs/X',
    ),
    "integration/test_drift.py::test_a_look_beside_a_token_builds_nothing": (
        "edgefleet build --ref X",
    ),
    "integration/test_rehearse.py::test_nothing_is_left_running_where_it_ends": (
        "edgefleet rehearse",
    ),
    "contract/test_wrangler_background.py::test_deploy_makes_a_consumer_and_a_workflow": (
        "npx wrangler queues create",
    ),
    "contract/test_wrangler_deploy.py::test_whoami_names_the_account_of_the_token": (
        "npx wrangler whoami",
    ),
    "contract/test_wrangler_dispatch.py::test_a_worker_in_a_namespace_answers_by_its_name": (
        "npx wrangler dispatch-namespace create",
    ),
    "contract/test_wrangler_storage.py::test_a_bucket_its_objects_and_a_worker_that_sees_them": (
        "npx wrangler r2 bucket create",
    ),
    "contract/test_wrangler_storage.py::test_a_database_its_sql_its_files_and_its_migrations": (
        "npx wrangler d1 create NAME",
    ),
    "contract/test_wrangler_storage.py::test_a_namespace_its_keys_and_a_worker_that_sees_them": (
        "npx wrangler kv namespace create NAME",
    ),
    "contract/test_wrangler_storage.py::test_an_index_and_its_vectors": (
        "npx wrangler vectorize create",
        "npx wrangler vectorize create NAME --dimensions N --metric cosine",
    ),
}
"""Tests, and the commands of hints that each of them runs in its own way, such as with options."""

NOT_RUN: dict[str, tuple[str, ...]] = {
    "gh speaks with GitHub alone": (
        "gh auth token",
        "gh run cancel X",
        "gh run rerun X --failed",
        "gh run view X --log-failed",
        "gh secret delete X --repo X",
        "gh secret set CLOUDFLARE_API_TOKEN --env TENANT-ENVIRONMENT-readonly",
        "gh secret set X --env NAME",
        "gh secret set X --repo X --env X",
        "gh variable set X --env X",
        "gh workflow X X",
        "gh workflow run X",
        "gh workflow run X --ref BRANCH",
        "gh workflow run X -f environment=X -f tenants=all",
        "gh workflow run X X -f action=X -f reason=",
    ),
    "localedge makes no namespace of AI Search": ("npx wrangler ai-search namespace create",),
    "it installs packages from a registry, or asks one": (
        "corepack enable X",
        "edgefleet setup",
        "make lock",
        "make setup",
    ),
    "it writes this repository, or sets this machine's clock": (
        "make generate",
        "timedatectl set-ntp",
    ),
}
"""Why no test runs a command, and the commands."""


@pytest.fixture(autouse=True)
def kept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make sure that a test pastes what the ledger says; a case of several pastes some of it."""
    PASTED.clear()
    yield
    module = request.path.relative_to(TESTS).as_posix()
    rows = PASTES.get(f"{module}::{request.node.originalname}", ())
    found = [row for row in rows if any(is_of(row, pasted) for pasted in PASTED)]
    whole = not hasattr(request.node, "callspec")
    assert found == list(rows) if whole else (found or not rows), (rows, PASTED)


def is_of(shape: str, pasted: str) -> bool:
    """Whether a pasted command is, or holds, a command of the source."""
    return re.search(re.escape(shape).replace("X", ".+?"), pasted) is not None
