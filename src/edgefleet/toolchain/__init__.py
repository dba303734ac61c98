"""The programs that edgefleet starts, and where they are: Node, wrangler, the Workers runtime."""
