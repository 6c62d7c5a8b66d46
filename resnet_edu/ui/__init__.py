"""The user interface. Nothing at this level imports torch, so the first page is sent without waiting for it."""
