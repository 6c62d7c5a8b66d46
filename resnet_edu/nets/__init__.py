"""The networks as the papers describe them."""
