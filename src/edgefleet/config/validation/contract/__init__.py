"""Rules that a fleet's contract adds: for the contract itself, and for what it asks for."""
