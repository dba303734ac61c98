"""What `adopt` says: why a plan still differs, and whose code is another one."""

import pytest

from edgefleet.config.target import STAGING, Target
from edgefleet.onboard.adopt.models import AdoptedFile, AdoptedFileState, AdoptedTarget, Unwritten
from edgefleet.onboard.adopt.report import adopted_text, codes_text, reason
from edgefleet.state.models import Change, ChangeKind


def adopted(tenant: str = "acme", digest: str | None = "a" * 64, **more: object) -> AdoptedTarget:
    files = (AdoptedFile(path=f"tenants/{tenant}/wrangler.jsonc", state=AdoptedFileState.CREATED),)
    keys = {
        "target": Target(tenant=tenant, environment=STAGING),
        "script": f"{tenant}-staging",
        "account_id": "1" * 32,
        "version_id": "v",
        "code_digest": digest,
        "files": files,
    }
    return AdoptedTarget.model_validate({**keys, **more})


def changed(path: str) -> Change:
    return Change(path=path, kind=ChangeKind.CHANGED, before="a", after="b")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("modules.index.js", "the code: --download takes the live modules"),
        ("assets.digest", "Cloudflare does not tell which files are live"),
        ("d1_migrations.DB.1.sql", "this D1 migration was not applied"),
        ("vars.A.b", "not in the files, see above"),
        ("crons", ""),
    ],
)
def test_a_difference_comes_with_its_reason(path: str, why: str) -> None:
    assert reason(changed(path), {"vars.A": "it holds a null"}) == why


def test_code_that_no_bundle_holds_has_its_own_reason() -> None:
    assert reason(changed("service_worker"), {"code": "it is a service worker"}) == (
        "it is a service worker"
    )


def test_a_target_without_changes_says_so() -> None:
    text = adopted_text(adopted(changes=()), planned=True)
    assert "  created    tenants/acme/wrangler.jsonc" in text
    assert "  plan: No changes." in text


def test_a_target_with_changes_lists_each_with_its_reason() -> None:
    text = adopted_text(adopted(changes=(changed("main_module"), changed("crons"))), planned=True)
    assert "plan: 2 to change" in text
    assert '  ~ main_module: "a" -> "b"  (the code: --download takes the live modules)' in text
    assert text.endswith('  ~ crons: "a" -> "b"')


def test_a_target_that_was_not_planned_says_so() -> None:
    assert "plan: none yet" in adopted_text(adopted(), planned=True)
    assert "plan" not in adopted_text(adopted(), planned=False)


def test_text_from_cloudflare_cannot_redraw_a_terminal() -> None:
    hostile = Unwritten(what="vars.\x1b[2J", why="::set-output\n x")
    text = adopted_text(
        adopted(unwritten=(hostile,), changes=(changed("vars.\x1b"),)), planned=True
    )
    assert "\x1b" not in text


def test_the_bundle_comes_with_the_command_that_takes_it() -> None:
    text = adopted_text(adopted(changes=(), bundle=".edgefleet/bundles/x"), planned=True)
    command = "edgefleet plan --tenants acme --env staging --bundle .edgefleet/bundles/x"
    assert command in text


def test_workers_with_another_code_are_named() -> None:
    same = [adopted("one"), adopted("two")]
    assert codes_text(same) == ""
    odd = [adopted("odd", "b" * 64), adopted("none", None)]
    assert codes_text([*same, *odd]) == (
        "not the code of the other 2 (sha256:aaaaaaaaaaaa): "
        "odd-staging (sha256:bbbbbbbbbbbb), none-staging (no modules)"
    )
