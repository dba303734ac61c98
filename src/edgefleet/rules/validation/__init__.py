"""What must hold in the files of a fleet: one check a function, all of them in `registry`."""
