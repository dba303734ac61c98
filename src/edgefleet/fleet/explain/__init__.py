"""What a canary will take, from the traffic of the last day: before it begins."""
