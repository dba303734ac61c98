"""The rules of `edgefleet validate`."""
