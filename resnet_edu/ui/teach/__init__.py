"""The page that teaches a net new classes."""
