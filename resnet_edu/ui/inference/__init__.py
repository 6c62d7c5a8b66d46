"""The inference page: a picture, a net, and what can be seen inside it."""
