"""review 23: what programs that edgefleet starts get of its environment."""

from edgefleet.core.process import GIT, LOCALEDGE, child_environment

SHELL = {
    "PATH": "/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/home/me",
    "GIT_AUTHOR_NAME": "me",
    "LOCALEDGE_NODE_MODULES": "/x",
    "XDG_CACHE_HOME": "/c",
    "https_proxy": "http://proxy.example:3128",
    "CLOUDFLARE_API_TOKEN_ACME": "canary",
    "EDGEFLEET_SMOKE_KEY": "canary",
    "GITHUB_TOKEN": "canary",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "canary",
    "AWS_SECRET_ACCESS_KEY": "canary",
    "PGPASSWORD": "canary",
}
COMMON = {"PATH", "LC_ALL", "https_proxy"}


def test_a_child_gets_what_every_program_needs_and_no_token() -> None:
    assert set(child_environment(SHELL)) == COMMON


def test_git_and_localedge_get_their_own_settings_too() -> None:
    assert set(child_environment(SHELL, *GIT)) == COMMON | {"HOME", "GIT_AUTHOR_NAME"}
    assert set(child_environment(SHELL, *LOCALEDGE)) == COMMON | {
        "HOME",
        "LOCALEDGE_NODE_MODULES",
        "XDG_CACHE_HOME",
    }
