"""What bindings name: KV, D1, R2, Secrets Store, Vectorize, Queues and Hyperdrive."""
