"""What ran: the events of each script, and who watches them."""
