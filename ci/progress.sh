#!/usr/bin/env bash
# Says how far an installer is: counts the lines of its output that match $3, of $2 in all. What is an
# error passes. A terminal sees one line that changes, a log every twentieth.
set -euo pipefail

terminal=$([ -t 1 ] && echo 1 || echo 0)
awk -v what="$1" -v all="$2" -v counted="$3" -v terminal="$terminal" '
  function say() {
    if (terminal) printf "\rset-up: %s, %d of %d", what, n, all
    else if (n % 20 == 0) printf "set-up: %s, %d of %d\n", what, n, all
    fflush()
  }
  $0 ~ counted { if (n < all) n++; say() }
  /ERROR|ERR!|npm error/ { print > "/dev/stderr" }
  END { if (terminal && n) printf "\n" }
'
