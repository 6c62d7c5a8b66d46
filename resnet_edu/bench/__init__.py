"""Speed measurements, compared with the bare library doing the same work in the same run."""
