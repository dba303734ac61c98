"""The files of a fleet: where they are, and how they are read."""
