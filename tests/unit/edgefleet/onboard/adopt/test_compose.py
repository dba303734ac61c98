"""From a live Worker to the tenant's wrangler file, and from there to the same state."""

import json
from typing import Any

import pyjson5
from hypothesis import given, settings
from hypothesis import strategies as st

from edgefleet.config.overlay.layers import Base, Layers
from edgefleet.config.reading import jsonc
from edgefleet.config.reading.views import Document
from edgefleet.config.target import STAGING, Target
from edgefleet.onboard.adopt.compose import Composed, SectionPlace, wrangler_file
from edgefleet.onboard.adopt.rules import adopted
from edgefleet.state.flat_state import desired_state
from support.live_workers import ACCOUNT, BUNDLE, live_worker
from support.uploads import ELSEWHERE, LOCAL, config

FILE, BASE_FILE = "tenants/acme/wrangler.jsonc", "src/worker/wrangler.jsonc"
TARGET = Target(tenant="acme", environment=STAGING)
SETTINGS: dict[str, list[Any]] = {
    "vars": [{"A": "a"}, {"A": "b", "B": [1, {"c": None}]}, {"A": {"x": 1}}, {"A": {"y": "2"}}],
    "compatibility_date": ["2026-01-15", "2026-01-16"],
    "compatibility_flags": [["nodejs_compat"]],
    "limits": [{"cpu_ms": 10}, {"cpu_ms": 20, "subrequests": 5}],
    "placement": [{"mode": "smart"}, {"region": "aws:us-east-1"}, {"mode": "off"}],
    "cache": [{"enabled": True}, {"enabled": False}],
    "logpush": [True, False],
    "observability": [
        {"enabled": True},
        {"enabled": False},
        {"enabled": True, "head_sampling_rate": 0.5, "logs": {"invocation_logs": False}},
        {"traces": {"enabled": True, "destinations": ["d"]}},
    ],
    "tail_consumers": [[{"service": "other"}]],
    "triggers": [{"crons": ["1 2 * * *"]}, {"crons": []}],
    "workers_dev": [True, False],
    "preview_urls": [True, False],
    "routes": [["a.example/*"], [{"pattern": "b.example", "custom_domain": True}, "a.example/*"]],
    "exports": [{"Named": {"type": "worker"}}],
    "migrations": [
        [{"tag": "v1", "new_sqlite_classes": ["Room"]}],
        [{"tag": "v1", "new_sqlite_classes": ["Room"]}, {"tag": "v2", "new_classes": ["Old"]}],
        [{"tag": "other", "new_classes": ["Room"]}],
    ],
    "queues": [
        {"consumers": [{"queue": "jobs", "max_batch_size": 5, "dead_letter_queue": "dead"}]},
        {
            "consumers": [{"queue": "jobs"}],
            "producers": [{"binding": "Q", "queue": "jobs"}],
        },
    ],
    "workflows": [
        [{"binding": "W", "name": "flow", "class_name": "Order", "limits": {"steps": 7}}],
        [{"binding": "W", "name": "flow", "class_name": "Order", "schedules": "1 2 * * *"}],
    ],
    "kv_namespaces": [
        [{"binding": "KV", "id": "1"}],
        [{"binding": "KV", "id": "2", "preview_id": "p"}, {"binding": "MORE", "id": "3"}],
    ],
}


def configs() -> st.SearchStrategy[dict[str, Any]]:
    """Return some configurations: any of the settings, and any section of bindings."""
    values = {key: st.sampled_from(each) for key, each in SETTINGS.items()}
    sections = {
        key: st.just(value) for key, value in {**LOCAL, **ELSEWHERE}.items() if key not in values
    }
    date = {"compatibility_date": values.pop("compatibility_date")}
    return st.fixed_dictionaries(date, optional={**sections, **values})


def place(base: dict[str, Any], own: str = "", **more: Any) -> SectionPlace:
    """Return where the environment is written: over a base, beside what the file says."""
    document = Document(FILE, own, jsonc.parse(own)[0] if own else None)
    return SectionPlace(TARGET, document, Base(BASE_FILE, "", base), None, **more)


def base_of(keys: dict[str, Any], name: str = "worker") -> dict[str, Any]:
    return {"name": name, "main": "index.js", "compatibility_date": "2026-01-15", **keys}


def written(at: SectionPlace, live: dict[str, Any], **told: Any) -> Composed:
    worker = live_worker(live, **told)
    return wrangler_file(at, adopted(worker), worker)


def resolved(at: SectionPlace, composed: Composed) -> dict[str, Any]:
    keys = pyjson5.decode(composed.file.after)
    return Layers.of(FILE, keys, at.base, ACCOUNT).resolve(STAGING)


def section(composed: Composed) -> dict[str, Any]:
    found: dict[str, Any] = pyjson5.decode(composed.file.after)["env"]["staging"]
    return found


def live(name: Any = "acme-staging", **keys: Any) -> dict[str, Any]:
    return config(**{"name": name, **keys})


@settings(deadline=None)
@given(configs(), configs())
def test_what_is_written_resolves_to_what_is_live(base: Any, keys: Any) -> None:
    at, running = place(base_of(base)), live(**keys)
    composed = written(at, running)
    assert composed.unwritten == ()
    found = resolved(at, composed)
    assert found["name"] == "acme-staging"
    assert desired_state(found, BUNDLE) == desired_state(running, BUNDLE)


@settings(deadline=None)
@given(configs(), configs(), configs())
def test_what_changed_since_is_written_and_then_stays(base: Any, one: Any, other: Any) -> None:
    at = place(base_of(base))
    first = written(at, live(**one)).file.after
    at = place(base_of(base), first)
    composed = written(at, live(**other))
    assert desired_state(resolved(at, composed), BUNDLE) == desired_state(live(**other), BUNDLE)
    again = written(place(base_of(base), composed.file.after), live(**other))
    assert again.file.after == composed.file.after


ANY_VARS = st.dictionaries(
    st.text(min_size=1),
    st.recursive(
        st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
        max_leaves=4,
    ),
    max_size=3,
)
"""Names and values as an attacker would choose them; a null is another matter."""


@settings(deadline=None)
@given(ANY_VARS, ANY_VARS)
def test_any_var_comes_back_as_it_is(base: Any, live_vars: Any) -> None:
    at, running = place(base_of({"vars": base})), live(vars=live_vars)
    composed = written(at, running)
    assert composed.unwritten == ()
    assert resolved(at, composed).get("vars", {}) == live_vars
    again = written(place(base_of({"vars": base}), composed.file.after), running)
    assert again.file.after == composed.file.after


def test_a_worker_that_is_as_the_base_says_nothing() -> None:
    keys = {"vars": {"A": "b"}, "kv_namespaces": [{"binding": "KV", "id": "1", "preview_id": "p"}]}
    composed = written(place(base_of(keys, "acme")), live(**keys))
    assert json.loads(composed.file.after.partition("\n")[2]) == {"env": {"staging": {}}}


def test_the_name_stands_where_it_resolves_to_the_script() -> None:
    for script, name, own in (
        ("acme-staging", "acme", None),
        ("acme", None, "acme"),
        ("worker-staging", None, None),
    ):
        keys = pyjson5.decode(written(place(base_of({})), live(script)).file.after)
        assert (keys.get("name"), keys["env"]["staging"].get("name")) == (name, own), script


def test_what_only_people_know_of_a_binding_stays() -> None:
    base = {
        "d1_databases": [
            {"binding": "DB", "database_id": "1", "database_name": "n", "migrations_dir": "sql"}
        ]
    }
    running = live(d1_databases=[{"binding": "DB", "database_id": "2"}])
    at = place(base_of(base))
    composed = written(at, running)
    assert section(composed)["d1_databases"] == [{"binding": "DB", "database_id": "2"}]
    (database,) = resolved(at, composed)["d1_databases"]
    assert database["migrations_dir"] == "sql"


def test_what_the_base_has_and_the_worker_lacks_is_taken_away() -> None:
    base = {
        "ai": {"binding": "AI"},
        "vars": {"A": "b", "B": "c"},
        "kv_namespaces": [{"binding": "KV", "id": "1"}, {"binding": "OLD", "id": "2"}],
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["Room"]}],
    }
    running = live(vars={"A": "b"}, kv_namespaces=[{"binding": "KV", "id": "1"}])
    found = section(written(place(base_of(base)), running))
    assert found == {
        "ai": None,
        "vars": {"B": None},
        "kv_namespaces": {"OLD": None},
        "migrations": None,
    }


def test_migrations_end_where_the_worker_is() -> None:
    steps = [{"tag": "v1", "new_sqlite_classes": ["Room"]}, {"tag": "v2", "new_classes": ["Old"]}]
    behind = written(place(base_of({"migrations": steps})), live(migrations=steps[:1]))
    assert section(behind)["migrations"] == steps[:1]
    foreign = live(
        migrations=[{"tag": "x", "new_sqlite_classes": ["Room"], "new_classes": ["Old"]}]
    )
    other = written(place(base_of({"migrations": steps})), foreign)
    assert section(other)["migrations"] == foreign["migrations"]
    same = written(place(base_of({"migrations": steps})), live(migrations=steps))
    assert "migrations" not in section(same)


def test_an_unsafe_binding_of_the_base_stays_one() -> None:
    found = section(written(place(base_of({"unsafe": LOCAL["unsafe"]})), live(**LOCAL)))
    assert "unsafe" not in found
    assert [one["name"] for one in found["ratelimits"]] == ["LIMIT"]


def test_what_cloudflare_does_not_tell_stays_as_the_base_says() -> None:
    base = {"placement": {"region": "aws:us-east-1"}, "cache": {"enabled": True}}
    told = {"untold": frozenset({"placement", "cache"}), "placement": {"mode": "targeted"}}
    assert section(written(place(base_of(base)), live(), **told)) == {}


def test_what_the_token_may_not_read_stays_as_the_base_says() -> None:
    flow = {"binding": "W", "name": "flow", "class_name": "Order"}
    base = {
        "queues": {"consumers": [{"queue": "jobs", "max_retries": 7}]},
        "workflows": [{**flow, "schedules": "1 2 * * *"}],
    }
    told = {"unreadable": frozenset({"consumers", "workflows"})}
    assert section(written(place(base_of(base)), live(workflows=[flow]), **told)) == {}


def test_a_null_that_an_overlay_cannot_say_is_listed() -> None:
    composed = written(place(base_of({})), live(vars={"A": None, "B": {"c": None}, "D": "e"}))
    assert [one.what for one in composed.unwritten] == ["vars.A", "vars.B"]
    assert section(composed)["vars"]["D"] == "e"


def test_assets_whose_files_nothing_tells_are_listed() -> None:
    told = {"has_assets": True, "assets": {"not_found_handling": "404-page"}}
    without = written(place(base_of({})), live(), **told)
    assert [one.what for one in without.unwritten] == ["assets"]
    named = written(place(base_of({"assets": {"directory": "public"}})), live(), **told)
    assert named.unwritten == ()
    assert section(named) == {"assets": {"not_found_handling": "404-page"}}


def test_comments_of_a_section_that_changes_stay() -> None:
    own = """// Acme's.
{
  "name": "acme",
  "env": {
    // Theirs.
    "staging": {
      // Why so low.
      "limits": { "cpu_ms": 10 }, // Ask them.
      "vars": { "A": "b" }
    }
  }
}
"""
    composed = written(place(base_of({}), own), live(limits={"cpu_ms": 10}, vars={"A": "c"}))
    assert composed.file.after == own.replace('"A": "b"', '"A": "c"')
    assert composed.file.replaces


def test_a_new_environment_takes_the_place_of_nothing() -> None:
    own = '{ "name": "acme", "env": { "production": { "vars": { "A": "b" } } } }\n'
    composed = written(place(base_of({}), own), live(vars={"A": "c"}))
    assert not composed.file.replaces
    assert pyjson5.decode(composed.file.after)["env"]["production"] == {"vars": {"A": "b"}}


def test_a_whole_file_gets_every_key_that_it_does_not_inherit() -> None:
    own = json.dumps({"name": "acme", "main": "../../i.ts", "limits": {"cpu_ms": 10}, "env": {}})
    at = SectionPlace(TARGET, Document(FILE, own, json.loads(own)), None, None)
    running = live(vars={"A": "b"}, limits={"cpu_ms": 10}, logpush=True)
    composed = written(at, running)
    assert section(composed)["vars"] == {"A": "b"}
    assert "limits" not in section(composed)
    found = resolved(at, composed)
    assert found["main"] == "../../i.ts"
    assert desired_state(found, BUNDLE) == desired_state(running, BUNDLE)


def test_what_only_the_top_of_a_whole_file_says_is_listed() -> None:
    own = json.dumps({"name": "acme", "main": "../../i.ts", "limits": {"cpu_ms": 10}})
    at = SectionPlace(TARGET, Document(FILE, own, json.loads(own)), None, None)
    (left,) = written(at, live(vars={"A": "b"})).unwritten
    assert (left.what, "inherits" in left.why) == ("limits", True)


def test_a_first_whole_file_names_main_and_account() -> None:
    at = SectionPlace(TARGET, Document(FILE), None, "../../src/i.ts", "../../schema.json")
    keys = pyjson5.decode(written(at, live(vars={"A": "b"})).file.after)
    assert list(keys) == ["$schema", "name", "main", "account_id", "env"]
    assert (keys["main"], keys["account_id"]) == ("../../src/i.ts", ACCOUNT)
