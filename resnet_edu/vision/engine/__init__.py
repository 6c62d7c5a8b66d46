"""One owner of the device: tasks in, results out, behind a small protocol."""
