"""Image bytes in; predictions out."""
