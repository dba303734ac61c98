"""The plan of a pull request: which targets it changes, and the comment that shows how."""
