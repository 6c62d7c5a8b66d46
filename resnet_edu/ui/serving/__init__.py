"""The server: start-up and warm-up, response headers, housekeeping."""
