"""A canary that no run waits for: each command looks, moves it by one step at most, and ends."""
