"""The stand-in for Workers AI: its models, its gateways, the log of its runs."""
