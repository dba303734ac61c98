import pytest

from support.control_plane import ACCOUNT, OTHER, TOKEN, ControlPlane

SCRIPTS = f"/accounts/{ACCOUNT}/workers/scripts"


def test_a_token_reaches_its_own_account(cloud: ControlPlane) -> None:
    assert [item["id"] for item in cloud.api("GET", "/accounts").result] == [ACCOUNT]
    assert [item["account"]["id"] for item in cloud.api("GET", "/memberships").result] == [ACCOUNT]
    assert cloud.api("GET", f"/accounts/{ACCOUNT}").result["type"] == "standard"
    assert cloud.api("GET", "/accounts?page=2").result == []
    assert cloud.api("GET", "/accounts?name=absent").result == []


def test_a_token_is_verified_as_active(cloud: ControlPlane) -> None:
    for path in ("/user/tokens/verify", f"/accounts/{ACCOUNT}/tokens/verify"):
        assert cloud.api("GET", path).result["status"] == "active"
    assert cloud.api("GET", "/user").code == 9109


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
def test_another_account_is_closed_to_reads_and_writes(cloud: ControlPlane, method: str) -> None:
    refused = cloud.api(method, f"/accounts/{OTHER}/workers/scripts/one/secrets")
    assert (refused.status, refused.code) == (403, 10000)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (SCRIPTS, 403, 10000),
        ("/user/tokens/verify", 401, 1000),
        ("/accounts", 403, 9109),
        (f"/accounts/{'f' * 32}/workers/scripts", 403, 10000),
    ],
)
def test_an_unknown_token_opens_nothing(
    cloud: ControlPlane, path: str, status: int, code: int
) -> None:
    refused = cloud.api("GET", path, token="unknown")
    assert (refused.status, refused.code) == (status, code)


def test_an_unknown_account_is_no_route(cloud: ControlPlane) -> None:
    refused = cloud.api("GET", f"/accounts/{'f' * 32}/workers/scripts")
    assert (refused.status, refused.code) == (404, 7003)


@pytest.mark.parametrize(
    ("headers", "code", "chain"),
    [
        pytest.param({}, 9106, [], id="none"),
        pytest.param({"authorization": TOKEN}, 6003, [6111], id="no-bearer"),
        pytest.param({"authorization": "Bearer a b"}, 6003, [6111], id="two-words"),
        pytest.param({"authorization": "Bearer "}, 6003, [6111], id="empty"),
        pytest.param({"x-auth-key": "k", "x-auth-email": "e"}, 6003, [6103], id="key"),
    ],
)
def test_credentials_of_another_form_are_a_bad_request(
    cloud: ControlPlane, headers: dict[str, str], code: int, chain: list[int]
) -> None:
    answer = cloud.client.get("/client/v4/user", headers=headers)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert [item["code"] for item in error.get("error_chain", [])] == chain


@pytest.mark.parametrize("path", [SCRIPTS, "/memberships"])
def test_a_malformed_token_fails_by_another_code_at_an_account(
    cloud: ControlPlane, path: str
) -> None:
    refused = cloud.api("GET", path, token="This is an incorrect API TOKEN!")
    assert (refused.status, refused.code) == (400, 9106)


def test_an_unknown_path_or_method_is_told_in_the_envelope(cloud: ControlPlane) -> None:
    assert cloud.api("GET", "/telepathy").code == 7003
    assert cloud.api("DELETE", "/accounts").code == 7001
    assert cloud.client.get("/elsewhere").json()["errors"][0]["code"] == 7003
