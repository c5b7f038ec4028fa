"""What operations of one kind share."""
