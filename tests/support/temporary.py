"""Where tests keep their files: in memory, on a machine that has room for them there.

Tests make and remove tens of thousands of files. On a disk that is a quarter of their processor
time, most of it in workflows that run in a copy of the repository.
"""

import os
import re
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
MEMINFO = Path("/proc/meminfo")
NEEDED = 6 * 1024**3
"""How many bytes must be free, in the folder as in the machine; a whole run fills half of a GB."""


def folder_in_memory(
    memory: Path = MEMORY, meminfo: Path = MEMINFO, needed: int = NEEDED
) -> Path | None:
    """Return a folder for temporary files; None where it is too small or starts no programs."""
    try:
        free = shutil.disk_usage(memory).free
        refuses_programs = os.statvfs(memory).f_flag & os.ST_NOEXEC
        available = re.search(r"^MemAvailable: +(\d+) kB$", meminfo.read_text(), re.MULTILINE)
    except OSError:
        return None
    left = min(free, int(available[1]) * 1024 if available else 0)
    return None if refuses_programs or left < needed or not os.access(memory, os.W_OK) else memory
