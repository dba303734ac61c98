"""What a fleet is configured with: targets, tenants, their files, their credentials."""
