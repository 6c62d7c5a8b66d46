"""The lecture: its plan, from which lecture mode, notes, worksheet and the home page come."""
