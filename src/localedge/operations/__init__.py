"""What changes a Worker: uploads, updates without an upload, deployments, deletion."""
