"""Schedules, workers.dev, routes and custom domains."""

import pytest

from support.control_plane import ACCOUNT, OTHER, OTHER_TOKEN, Answer, ControlPlane

DOMAINS = f"/accounts/{ACCOUNT}/workers/domains"


def zone(cloud: ControlPlane, name: str = "example.test") -> str:
    body = {"account": {"id": ACCOUNT}, "name": name}
    zone_id: str = cloud.api("POST", "/zones", json=body).result["id"]
    return zone_id


def crons(cloud: ControlPlane) -> list[str]:
    return [item["cron"] for item in cloud.script("GET", "one", "/schedules").result["schedules"]]


def test_schedules_replace_each_other_and_none_clears(cloud: ControlPlane) -> None:
    cloud.put()
    for wanted in (["*/5 * * * *", "0 1 * * MON"], ["0 1 * * MON"], []):
        cloud.script("PUT", "one", "/schedules", json=[{"cron": cron} for cron in wanted])
        assert crons(cloud) == wanted


def test_one_bad_schedule_changes_none(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.script("PUT", "one", "/schedules", json=[{"cron": "0 1 * * *"}])
    body = [{"cron": "0 2 * * *"}, {"cron": "often"}]
    assert cloud.script("PUT", "one", "/schedules", json=body).code == 10100
    many = [{"cron": f"{n % 60} {n // 60} * * *"} for n in range(251)]
    assert cloud.script("PUT", "one", "/schedules", json=many).code == 10072
    assert crons(cloud) == ["0 1 * * *"]
    assert cloud.script("PUT", "one", "/schedules", json=[{}]).code == 10026


def test_previews_follow_workers_dev_where_nothing_is_said(cloud: ControlPlane) -> None:
    cloud.put()
    assert cloud.script("GET", "one", "/subdomain").result == {
        "enabled": False,
        "previews_enabled": False,
    }
    both = cloud.script("POST", "one", "/subdomain", json={"enabled": True}).result
    assert both == {"enabled": True, "previews_enabled": True}
    body = {"enabled": True, "previews_enabled": False}
    assert cloud.script("POST", "one", "/subdomain", json=body).result == body
    assert cloud.script("POST", "one", "/subdomain", json={"enabled": "yes"}).code == 10026
    cloud.script("DELETE", "one", "/subdomain")
    assert cloud.server.state.find_script("acme", "one") is None


def test_a_script_is_found_by_its_host_name_once_it_is_public(cloud: ControlPlane) -> None:
    cloud.put()
    state = cloud.server.state
    assert state.find_script("acme", "one") is None
    cloud.script("POST", "one", "/subdomain", json={"enabled": True})
    found = state.find_script("acme", "one")
    assert found is not None
    assert found.account_id == ACCOUNT
    assert state.find_script("other", "one") is None
    assert state.find_script("absent", "one") is None


def test_no_subdomain_serves_nothing_on_workers_dev(cloud: ControlPlane) -> None:
    cloud.put()
    path = f"/accounts/{ACCOUNT}/workers/subdomain"
    assert cloud.api("GET", path).result == {"subdomain": "acme"}
    cloud.api("DELETE", path)
    assert cloud.api("GET", path).code == 10007
    assert cloud.script("POST", "one", "/subdomain", json={"enabled": True}).code == 10007
    assert cloud.api("PUT", path, json={"subdomain": "other"}).code == 10031
    assert cloud.api("PUT", path, json={"subdomain": "Not A Name"}).code == 10026
    assert cloud.api("PUT", path, json={"subdomain": "new"}).result == {"subdomain": "new"}


def test_a_script_gets_exactly_the_routes_that_it_names(cloud: ControlPlane) -> None:
    cloud.put()
    zone_id = zone(cloud)
    first = [{"pattern": "example.test/a"}, {"pattern": "*.example.test/b", "zone_id": zone_id}]
    cloud.script("PUT", "one", "/routes", json=first)
    cloud.script("PUT", "one", "/routes", json=[{"pattern": "https://www.example.test/c"}])
    found = cloud.api("GET", f"/zones/{zone_id}/workers/routes").result
    assert [(item["pattern"], item["script"]) for item in found] == [
        ("https://www.example.test/c", "one")
    ]


def test_a_route_of_another_script_is_not_taken(cloud: ControlPlane) -> None:
    cloud.put("one")
    cloud.put("two")
    zone_id = zone(cloud)
    cloud.script("PUT", "one", "/routes", json=[{"pattern": "example.test/*"}])
    both = [{"pattern": "example.test/mine"}, {"pattern": "example.test/*"}]
    assert cloud.script("PUT", "two", "/routes", json=both).code == 10020
    assert len(cloud.api("GET", f"/zones/{zone_id}/workers/routes").result) == 1
    cloud.script("DELETE", "one")
    assert cloud.api("GET", f"/zones/{zone_id}/workers/routes").result == []


@pytest.mark.parametrize("pattern", ["elsewhere.test/*", "notexample.test/*"])
def test_a_route_in_no_zone_of_the_account_is_refused(cloud: ControlPlane, pattern: str) -> None:
    cloud.put()
    zone(cloud)
    assert cloud.script("PUT", "one", "/routes", json=[{"pattern": pattern}]).code == 10022


def test_a_route_of_a_zone_is_made_changed_and_deleted(cloud: ControlPlane) -> None:
    cloud.put()
    routes = f"/zones/{zone(cloud)}/workers/routes"
    made = cloud.api("POST", routes, json={"pattern": "example.test/*", "script": "one"}).result
    one = f"{routes}/{made['id']}"
    changed = cloud.api("PUT", one, json={"pattern": "example.test/x"}).result
    assert changed == {"id": made["id"], "pattern": "example.test/x"}
    assert cloud.api("GET", one).result == changed
    cloud.api("DELETE", one)
    assert cloud.api("GET", one).status == 404
    absent = {"pattern": "example.test/*", "script": "absent"}
    assert cloud.api("POST", routes, json=absent).code == 10007


def test_a_zone_is_closed_to_other_tokens(cloud: ControlPlane) -> None:
    path = f"/zones/{zone(cloud)}"
    assert cloud.api("GET", path).result["name"] == "example.test"
    assert cloud.api("GET", path, token=OTHER_TOKEN).code == 10000
    assert cloud.api("GET", "/zones", token=OTHER_TOKEN).result == []
    body = {"account": {"id": ACCOUNT}, "name": "taken.test"}
    assert cloud.api("POST", "/zones", token=OTHER_TOKEN, json=body).code == 10000
    assert cloud.api("GET", f"/zones?account.id={OTHER}").result == []
    assert cloud.api("GET", "/zones/absent").code == 7003


def test_custom_domains_of_a_script_are_replaced(cloud: ControlPlane) -> None:
    cloud.put()
    zone(cloud)
    for hostname in ("a.example.test", "b.example.test"):
        body = {"override_scope": True, "origins": [{"hostname": hostname}]}
        cloud.script("PUT", "one", "/domains/records", json=body)
    found = cloud.api("GET", DOMAINS).result
    assert [(item["hostname"], item["zone_name"]) for item in found] == [
        ("b.example.test", "example.test")
    ]
    cloud.api("DELETE", f"{DOMAINS}/{found[0]['id']}")
    assert cloud.api("GET", DOMAINS).result == []
    assert cloud.api("GET", f"{DOMAINS}/{found[0]['id']}").status == 404


def attached(cloud: ControlPlane) -> dict[str, str]:
    """Return the script of each custom domain."""
    return {item["hostname"]: item["service"] for item in cloud.api("GET", DOMAINS).result}


def changeset(cloud: ControlPlane, name: str, *hostnames: str) -> dict[str, list[str]]:
    """Return the hostnames of each part of what a change would do, without the empty ones."""
    body = [{"hostname": hostname} for hostname in hostnames]
    below = "/domains/changeset?replace_state=true"
    found = cloud.script("POST", name, below, json=body).result
    return {part: [it["hostname"] for it in items] for part, items in found.items() if items}


def give(cloud: ControlPlane, name: str, *hostnames: str, **options: bool) -> Answer:
    origins = [{"hostname": hostname} for hostname in hostnames]
    body = {"override_scope": True, **options, "origins": origins}
    return cloud.script("PUT", name, "/domains/records", json=body)


def test_a_host_of_another_script_is_taken_only_on_purpose(cloud: ControlPlane) -> None:
    """R1: the override is what moves a host, and the changeset says whose it is."""
    cloud.put("one")
    cloud.put("two")
    zone(cloud)
    give(cloud, "one", "a.example.test")
    below = "/domains/changeset?replace_state=true"
    asked = cloud.script("POST", "two", below, json=[{"hostname": "a.example.test"}]).result
    (updated,) = asked["updated"]
    assert (updated["modified"], updated["service"]) == (True, "one")
    assert cloud.api("GET", f"{DOMAINS}/records/{updated['id']}").result["service"] == "one"
    refused = give(cloud, "two", "b.example.test", "a.example.test")
    assert (refused.status, refused.code) == (409, 100116)
    put = {"hostname": "A.example.test", "service": "two"}
    assert cloud.api("PUT", DOMAINS, json=put).code == 100116
    assert attached(cloud) == {"a.example.test": "one"}
    give(cloud, "two", "a.example.test", override_existing_origin=True)
    assert attached(cloud) == {"a.example.test": "two"}


def test_host_with_dns_records_is_always_refused(
    cloud: ControlPlane,
) -> None:
    """R4: 409 and 100117, and nothing of the request is done."""
    cloud.put()
    records = f"/zones/{zone(cloud)}/dns_records"
    made = {"type": "A", "name": "chat", "content": "192.0.2.1"}
    record = cloud.api("POST", records, json=made).result
    assert record["name"] == "chat.example.test"
    assert changeset(cloud, "one", "chat.example.test", "new.example.test") == {
        "conflicting": ["chat.example.test"],
        "added": ["new.example.test"],
    }
    everything = {"override_existing_origin": True, "override_existing_dns_record": True}
    refused = give(cloud, "one", "new.example.test", "chat.example.test", **everything)
    assert (refused.status, refused.code) == (409, 100117)
    assert attached(cloud) == {}
    assert [it["id"] for it in cloud.api("GET", records).result] == [record["id"]]
    cloud.api("DELETE", f"{records}/{record['id']}")
    assert cloud.api("DELETE", f"{records}/{record['id']}").code == 81044
    give(cloud, "one", "chat.example.test")
    assert attached(cloud) == {"chat.example.test": "one"}


def test_a_changeset_names_what_a_script_would_lose(cloud: ControlPlane) -> None:
    cloud.put()
    zone(cloud)
    give(cloud, "one", "a.example.test", "b.example.test")
    assert changeset(cloud, "one", "b.example.test") == {
        "updated": ["b.example.test"],
        "removed": ["a.example.test"],
    }


def test_a_route_must_lie_in_the_zone_that_it_is_made_in(cloud: ControlPlane) -> None:
    """R2: the endpoints of one zone are as strict as those of a script."""
    cloud.put()
    zone(cloud, "other.test")
    zone_id = zone(cloud)
    routes = f"/zones/{zone_id}/workers/routes"
    assert (
        cloud.api("POST", routes, json={"pattern": "other.test/*", "script": "one"}).code == 10022
    )
    elsewhere = [{"pattern": "other.test/*", "zone_id": zone_id}]
    assert cloud.script("PUT", "one", "/routes", json=elsewhere).code == 10022
    made = {"pattern": "example.test/*", "script": "one"}
    assert cloud.api("POST", routes, json=made).status == 200
    again = cloud.api("POST", routes, json=made)
    assert (again.status, again.code) == (409, 10020)
    assert len(cloud.api("GET", routes).result) == 1


def status(cloud: ControlPlane, host: str, path: str = "/", **headers: str) -> int:
    """Ask for a host: 503 is a Worker that does not run here, 421 a host that is no one's."""
    return cloud.client.get(path, headers={"host": host, **headers}).status_code


def test_routes_and_custom_domains_serve_and_no_other_host_does(cloud: ControlPlane) -> None:
    for name in ("one", "two"):
        cloud.put(name)
    zone_id = zone(cloud)
    assert status(cloud, "example.test") == 421
    cloud.script("PUT", "one", "/routes", json=[{"pattern": "example.test/a*"}])
    give(cloud, "two", "shop.example.test", "example.test")
    routed = cloud.server.state.routed
    assert [status(cloud, it) for it in ("example.test", "shop.example.test:8799")] == [503, 503]
    assert status(cloud, "x.example.test") == status(cloud, "shop.example.test.evil") == 421
    found = [routed("example.test", "/ab"), routed("example.test", "/")]
    assert [it.name for it in found if it] == ["one", "two"]
    body = {"pattern": "example.test/ab", "script": None}
    cloud.api("POST", f"/zones/{zone_id}/workers/routes", json=body)
    without = routed("example.test", "/ab")
    assert without is not None
    assert without.name == "two"  # the origin behind a route that keeps Workers away


def test_no_route_takes_over_the_server_itself(cloud: ControlPlane) -> None:
    cloud.put()
    for name in ("localhost", "127.0.0.1"):
        zone(cloud, name)
        cloud.script("PUT", "one", "/routes", json=[{"pattern": f"{name}/*"}])
        assert status(cloud, name, "/client/v4/user") == 400
        assert status(cloud, name, "/client/v4/user", origin="http://evil.test") == 403
