"""What ran: the events of each script, and the tails that watch them."""
