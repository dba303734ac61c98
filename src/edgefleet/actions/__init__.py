"""What the steps of GitHub workflows do."""
