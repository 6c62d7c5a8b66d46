"""The page on which a net is taught new classes."""
