"""Runs one program, and writes down what it took: `python -IS launch.py REPORT PROGRAM ...`.

Linux counts for a new process what the one that forked it had in memory. This one loads nothing,
so that little more than the program itself is counted.
"""

import os
import sys
import time

report, command = sys.argv[1], sys.argv[2:]
started = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ)
_, status, used = os.wait4(child, 0)
seconds = time.perf_counter() - started
with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is much to load
    print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss, file=file)
sys.exit(os.waitstatus_to_exitcode(status))
