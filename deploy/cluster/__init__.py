"""The app before a Ray cluster on this machine. Needs Linux and requirements-cluster.txt."""
