"""Take in a Worker that runs already: from its live state to the files of a tenant."""
