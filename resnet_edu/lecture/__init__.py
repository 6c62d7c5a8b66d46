"""The lecture plan, from which lecture mode, notes, worksheet and the home page are made."""
