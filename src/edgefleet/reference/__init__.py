"""Reference pages and JSON Schemas, generated from code."""
