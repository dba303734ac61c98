"""What files say of canaries: the policy, and where the Worker counts."""
