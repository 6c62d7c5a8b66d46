"""The single owner of the device, which turns tasks into results behind a small protocol."""
