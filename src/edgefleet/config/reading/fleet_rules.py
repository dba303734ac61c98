"""Rules for fleet.jsonc."""

from edgefleet.config.reading.rule import Rule

FLEET_UNKNOWN_KEY = Rule(
    code="fleet-unknown-key",
    means="fleet.jsonc has a key that its schema does not know: a typing error, or a key that "
    "another version of edgefleet knows. It would have no effect.",
    example='{ "tenant": { } }',
    fix="correct its name or remove it; docs/reference/fleet.schema.json lists the keys",
)
FLEET_VALUE = Rule(
    code="fleet-value",
    means="A key of fleet.jsonc has a value of the wrong type, or outside its limits.",
    example='{ "$schema": 5 }',
    fix="correct it; docs/reference/fleet.schema.json says what is allowed",
)
RULES = (FLEET_UNKNOWN_KEY, FLEET_VALUE)
