"""Records of runs over a fleet: how they are kept, and what they leave to resume or to undo."""
