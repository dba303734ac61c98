"""The accounts that contract tests use, one for each module."""

from dataclasses import dataclass

NAMES = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth
""".split()


@dataclass(frozen=True)
class Account:
    """An account at localedge, and the token that opens it."""

    id: str
    subdomain: str
    token: str


ACCOUNTS = [
    Account(f"{number + 1:032x}", name, f"token-{name}") for number, name in enumerate(NAMES)
]
