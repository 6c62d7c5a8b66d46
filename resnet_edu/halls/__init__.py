"""Halls: who is where, what has been asked and who has answered. No page, no network of nets; a server keeps them."""
