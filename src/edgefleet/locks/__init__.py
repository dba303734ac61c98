"""The right of one run to change one target: on this machine, and on all."""
