"""The app in front of a Ray cluster on this machine. Needs Linux and requirements-cluster.txt."""
