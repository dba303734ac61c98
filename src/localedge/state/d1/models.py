"""A D1 database as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class D1Database:
    """One database of an account."""

    account_id: str
    uuid: str
    name: str
    created_at: str
