"""mTLS certificates, which Workers present to other servers."""
