"""API tokens: from the environment, `.env.deploy`, or a program."""
