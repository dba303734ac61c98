"""What answers a request to a Worker: host names, versions, headers, pages, the proxy."""
