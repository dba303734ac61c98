"""What `edgefleet tenant remove` prints."""

from edgefleet.onboard.tenants.removal_models import Holding, HoldingState, TenantRemoval


def removal_text(removal: TenantRemoval) -> str:
    """Return what a tenant has, and what becomes of it."""
    lines = [f"{removal.tenant}, account {removal.account_id}"]
    lines += [_line(one) for one in removal.holdings]
    if removal.github_environments is None:
        lines.append("  GitHub was not asked: set GITHUB_REPOSITORY and GITHUB_TOKEN")
    else:
        lines += [f"  - GitHub's environment {name}" for name in removal.github_environments]
    lines += [f"  - {file}" for file in removal.files]
    lines += [f"  - the tenant's line of {file}" for file in removal.edited]
    lines += [f"  stays: {one}" for one in removal.left]
    return "\n".join(lines)


def _line(one: Holding) -> str:
    where = ", ".join(one.environments)
    match one.state:
        case HoldingState.SHARED:
            return f"  stays: {one.words} ({where}); {', '.join(one.shared_with)} has it, too"
        case HoldingState.KEPT:
            return f"  stays: {one.words} ({where})"
    data = "with its Durable Objects" if one.kind == "script" else "with all that it holds"
    return f"  - {one.words} ({where}), {data}"
