"""Where Workers answer: workers.dev, zones, routes, custom domains."""
