"""Why a declaration of Durable Object classes is refused: the texts and names of the scenarios."""

from localedge.model import Json
from localedge.state.exports.declaration import problem
from localedge.state.exports.models import AccountView, DeclaredClass

Refusal = tuple[str, str]
"""The name of a scenario, and what it says."""


def undeclared(name: str, *, exported: bool, scripts: list[str]) -> dict[str, Json]:
    """Return the problem of a namespace that no entry declares."""
    if exported:
        return problem(
            "provisioned_class_missing_from_config",
            name,
            f"A namespace exists for '{name}', which the code exports, but no `exports` entry "
            "declares it.",
            f"add a live entry for '{name}' to `exports`, or a tombstone to retire it.",
            scripts,
        )
    return problem(
        "orphaned_provisioned_namespace",
        name,
        f"A namespace exists for '{name}' but no `exports` entry declares it.",
        f"add an `exports` entry for '{name}', or add a `deleted` tombstone to remove the "
        "namespace.",
        scripts,
    )


def transfer_refusal(entry: DeclaredClass, view: AccountView) -> Refusal | None:
    """Return why a class cannot be transferred to another Worker."""
    if view.classes_of(entry.other) is None:
        return "transferred_target_missing", f"The Worker '{entry.other}' does not exist."
    expected = view.expected_by(entry.name)
    if entry.other in expected:
        return None
    if expected:
        text = f"The pending transfer of '{entry.name}' goes to {', '.join(expected)}."
        return "transferred_target_mismatch", text
    text = (
        f"The Worker '{entry.other}' does not expect '{entry.name}' from '{view.script}': deploy "
        "it first with an `expecting-transfer` entry."
    )
    return "transferred_pending_not_found", text


def expectation_refusal(entry: DeclaredClass, view: AccountView) -> Refusal | None:
    """Return why a class cannot be expected from another Worker."""
    name, source, known = entry.name, entry.other, view.transfer(entry.name)
    if name in view.classes:
        if known is None or not known.committed:
            return (
                "phase_one_transfer_target_class_provisioned",
                f"This Worker has a namespace for '{name}'.",
            )
        if known.source != source:
            return (
                "phase_one_transfer_after_commit_mismatch",
                f"The namespace of '{name}' came from '{known.source}', not from '{source}'.",
            )
        return None
    if known and not known.committed and known.source != source:
        return (
            "phase_one_transfer_duplicate",
            f"A transfer of '{name}' from '{known.source}' is pending.",
        )
    classes = view.classes_of(source)
    if classes is None:
        return "phase_one_transfer_source_missing", f"The Worker '{source}' does not exist."
    if name not in classes:
        return (
            "phase_one_transfer_source_namespace_missing",
            f"The Worker '{source}' has no namespace for '{name}'.",
        )
    return None


def not_in_code(name: str, *, provisioned: bool) -> dict[str, Json]:
    """Return the problem of a class that is declared, and that the code lacks."""
    if provisioned:
        return problem(
            "config_export_not_in_code",
            name,
            f"`exports` declares '{name}', which the code does not export.",
            "add the class to the code, or replace the entry with a tombstone.",
        )
    return problem(
        "config_references_nonexistent_class",
        name,
        f"`exports` declares '{name}', which is neither in the code nor provisioned.",
        "remove the entry, or add the class to the code.",
    )
