"""Change JSONC files in place: comments, layout and line ends stay as they are."""
