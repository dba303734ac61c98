"""R2: buckets, objects and multipart uploads, one store for the API and for running Workers."""
