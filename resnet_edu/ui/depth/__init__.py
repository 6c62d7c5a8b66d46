"""The depth page: recorded training, the identity experiment, the race."""
