"""The page that follows the shortcut out of image classification."""
