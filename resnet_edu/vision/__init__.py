"""From the bytes of an image to predictions and explanations."""
