"""The inference page: a picture, a net and views of what happens inside it."""
