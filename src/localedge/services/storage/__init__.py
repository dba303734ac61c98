"""What bindings name: KV, D1, R2, Vectorize, Queues and Hyperdrive."""
