"""The files of a fleet that edgefleet writes into a repository: `init` and `upgrade`."""
