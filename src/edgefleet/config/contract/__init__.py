"""The contract of a fleet's Worker: what its code needs of every tenant and environment."""
