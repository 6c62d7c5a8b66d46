"""What pages share; nothing here imports torch, so that the first page is out at once."""
