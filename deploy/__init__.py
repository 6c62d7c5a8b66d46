"""Running the app for a course: how large a hall is, load and cluster trials, manifests. Not part of the product."""
