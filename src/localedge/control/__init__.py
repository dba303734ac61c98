"""localedge's own controls, under /__localedge__/."""
