"""What a restore undoes beside traffic and settings."""
