"""What is read of the API's answers to SQL."""

from edgefleet.cloudflare.schemas import ApiAnswer


class SqlResult(ApiAnswer):
    """What one SQL statement did."""

    success: bool


class NamedRow(ApiAnswer):
    """A row with a name."""

    name: str


class NamedRows(ApiAnswer):
    """The rows of a query for names, which are compared with those of files."""

    results: list[NamedRow]
