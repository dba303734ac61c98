"""What must hold of a file before its contents are looked at."""

from edgefleet.config.reading.rule import Rule

FILE_MISSING = Rule(
    code="file-missing",
    means="A tenant's folder holds two files, tenant.config.json and wrangler.jsonc. One of them "
    "is not there.",
    example="tenants/newcomer/          # a folder without wrangler.jsonc",
    fix="write it, taking another tenant's as an example, or remove the folder",
)
FILE_UNREADABLE = Rule(
    code="file-unreadable",
    means="The file cannot be read: it is a folder, a device or a pipe, or its permissions "
    "forbid it.",
    example="prw-r--r-- tenants/newcomer/wrangler.jsonc",
    fix="put a regular, readable file there, or remove it",
)
FILE_LINK = Rule(
    code="file-link",
    means="Below tenants/ there is a symbolic link. It could lead to any file or folder of the "
    "machine that validates or deploys, so that none is followed.",
    example="tenants/newcomer -> /",
    fix="put the file or folder itself there",
)
FILE_TOO_LARGE = Rule(
    code="file-too-large",
    means="The file is larger than 256 KiB. Settings of a tenant take a few KiB; something else "
    "got into the folder, and it would not be read to the end.",
    example="tenants/newcomer/export.json     # 40 MB",
    fix="move it out of tenants/",
)
FILE_ENCODING = Rule(
    code="file-encoding",
    means="The file is not plain UTF-8: it has bytes that UTF-8 does not know, or begins with a "
    "byte order mark, as some editors write.",
    example='EF BB BF 7B                      # a byte order mark, then "{"',
    fix="save it as UTF-8 without a byte order mark",
)
RULES = (
    FILE_MISSING,
    FILE_UNREADABLE,
    FILE_LINK,
    FILE_TOO_LARGE,
    FILE_ENCODING,
)
