"""The server: its start and warm-up, headers, housekeeping."""
