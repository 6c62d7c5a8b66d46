"""Running the app for a course: capacity planning, load and cluster trials, manifests. Not part of the product."""
