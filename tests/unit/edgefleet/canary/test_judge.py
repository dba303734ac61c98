from edgefleet.canary.judge import LARGEST, Judge, Objection
from edgefleet.canary.models import Counts, Table, Window

NAMES = [f"t{number}" for number in range(50)]


def failing(new_errors: int, old_errors: int = 0) -> Window:
    """Return a window with these errors, and no slow answers."""
    return Window(Table(Counts(360, old_errors), Counts(40, new_errors)))


def slow(new_slow: int) -> Window:
    """Return a window of which the old version has one slow answer of twenty."""
    requests = Table(Counts(360), Counts(40))
    return Window(requests, Table(Counts(360, 18), Counts(40, new_slow)))


def what(objection: Objection | None) -> str | None:
    return objection.what if objection else None


def test_a_version_without_errors_meets_no_objection() -> None:
    judge = Judge(["a"])

    for _ in range(100):
        judge.add("a", failing(0, old_errors=2))

    assert judge.pooled() is None
    assert judge.own("a") is None


def test_one_error_of_a_version_is_no_objection() -> None:
    judge = Judge(["a"])

    judge.add("a", failing(1))

    assert judge.pooled() is None
    assert judge.evidence > 1


def test_many_errors_of_the_new_version_are_an_objection() -> None:
    judge = Judge(["a"])

    judge.add("a", failing(8, old_errors=2))

    assert what(judge.own("a")) == what(judge.pooled()) == "errors"


def test_errors_of_both_versions_are_none() -> None:
    judge = Judge(["a"])

    judge.add("a", failing(20, old_errors=180))

    assert judge.pooled() is None


def test_slow_answers_are_an_objection_beyond_their_margin() -> None:
    little, much = Judge(["a"]), Judge(["a"])

    for _ in range(5):
        little.add("a", slow(4))
        much.add("a", slow(16))

    assert little.pooled() is None
    assert what(much.pooled()) == "slow answers"


def test_a_ring_decides_together_what_no_tenant_could_alone() -> None:
    judge = Judge(NAMES)

    for name in NAMES:
        judge.add(name, failing(2, old_errors=2))

    assert what(judge.pooled()) == "errors"
    assert [name for name in NAMES if judge.own(name)] == []


def test_a_tenant_of_a_ring_is_still_judged_by_itself() -> None:
    judge = Judge(NAMES)

    for name in NAMES:
        judge.add(name, failing(20 if name == "t7" else 0, old_errors=2))

    assert [name for name in NAMES if judge.own(name)] == ["t7"]


def test_a_tenant_of_a_ring_needs_more_evidence_than_alone() -> None:
    alone, ring = Judge(["t0"]), Judge(NAMES)

    for judge in (alone, ring):
        judge.add("t0", failing(4))

    assert alone.own("t0")
    assert not ring.own("t0")


def test_a_tenants_own_rate_is_its_baseline() -> None:
    """One tenant fails at each request and gets half of the canary's traffic: no version's."""
    judge = Judge(["broken", "well"])

    for _ in range(20):
        judge.add("broken", Window(Table(Counts(50, 25), Counts(50, 25))))
        judge.add("well", Window(Table(Counts(1000), Counts(10))))

    assert judge.pooled() is None


def test_the_evidence_is_a_number_that_json_has() -> None:
    judge = Judge(["a"])

    judge.add("a", Window(Table(Counts(100_000), Counts(100_000, 100_000))))

    assert judge.evidence == LARGEST
