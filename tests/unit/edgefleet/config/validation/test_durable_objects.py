"""What a Worker's source exports, as far as its text tells."""

import pytest

from edgefleet.config.validation.durable_objects import exported_names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("export class A extends B {}", {"A"}),
        ("export abstract class A {}", {"A"}),
        ('export { A, B as C } from "./x";', {"A", "C"}),
        ("class A {}\nexport {\n  A,\n};", {"A"}),
        ("export const A = class {};", {"A"}),
        ("// export class A {}\n/* export { B } */", set()),
        ('export type { A } from "./x";\nexport { type B, C }', {"C"}),
        ("export default {};", set()),
    ],
)
def test_exports_are_found_in_their_usual_forms(source: str, names: set[str]) -> None:
    assert exported_names(source) == frozenset(names)


def test_a_star_leaves_open_what_is_exported() -> None:
    assert exported_names('export * from "./objects";') is None
