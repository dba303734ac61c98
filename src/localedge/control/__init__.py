"""localedge's own controls, and what every request passes: authentication, faults, the journal."""
