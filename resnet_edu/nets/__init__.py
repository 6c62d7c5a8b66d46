"""The networks as the papers write them."""
