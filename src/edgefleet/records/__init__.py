"""The record of a change: what it holds, how it is kept, what signs a version."""
