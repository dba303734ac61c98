"""Settings that all tests share."""

from hypothesis import HealthCheck, settings

# What is slow is no strategy: before the first input of a process Hypothesis reads all source files
# of this repository that are imported, for constants; a fresh clone takes more than a second.
settings.register_profile("house", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
