"""What bindings name: KV, D1, Vectorize, R2, Queues and Hyperdrive."""
