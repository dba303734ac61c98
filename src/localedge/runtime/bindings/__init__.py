"""What running Workers' bindings talk to: KV, D1, R2, Vectorize and AI, in their protocols."""

from localedge.runtime.bindings.backend import BindingStores, create_bindings_app

__all__ = ["BindingStores", "create_bindings_app"]
