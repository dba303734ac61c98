"""What validation found, as text, JSON, SARIF and annotations."""
