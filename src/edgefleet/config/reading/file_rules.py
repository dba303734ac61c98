"""Rules for a file before its contents are read."""

from edgefleet.config.reading.rule import Rule

FILE_MISSING = Rule(
    code="file-missing",
    means="A tenant's folder holds two files, tenant.config.json and wrangler.jsonc. One of them "
    "is missing.",
    example="tenants/newcomer/          # a folder without wrangler.jsonc",
    fix="copy that of another tenant and change it, or remove the folder",
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
    means="There is a symbolic link below tenants/. It could point to any file or folder of the "
    "machine that validates or deploys, so edgefleet follows none.",
    example="tenants/newcomer -> /",
    fix="replace the link with the file or folder",
)
FILE_TOO_LARGE = Rule(
    code="file-too-large",
    means="The file is larger than 256 KiB. The settings of a tenant take a few KiB, so this is "
    "probably another file; edgefleet does not read it to the end.",
    example="tenants/newcomer/export.json     # 40 MB",
    fix="move it out of tenants/",
)
FILE_ENCODING = Rule(
    code="file-encoding",
    means="The file is not plain UTF-8: it has bytes that are not UTF-8, or begins with a "
    "byte order mark, which some editors write.",
    example='EF BB BF 7B                      # a byte order mark, then "{"',
    fix="save it as UTF-8 without a byte order mark",
)
WRANGLER_FILE_SECOND = Rule(
    code="wrangler-file-second",
    means="There is a second configuration beside the wrangler.jsonc that edgefleet reads. "
    "wrangler, started by hand in that folder, would use wrangler.json, or the file that "
    ".wrangler/deploy/config.json (written by build tools) names, perhaps with another account, "
    "name or assets. edgefleet deploys nothing of it.",
    example="tenants/newcomer/wrangler.json     # beside wrangler.jsonc",
    fix="remove it, or move its settings into wrangler.jsonc",
)
RULES = (
    FILE_MISSING,
    FILE_UNREADABLE,
    FILE_LINK,
    FILE_TOO_LARGE,
    FILE_ENCODING,
)
