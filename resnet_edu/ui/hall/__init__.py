"""Audience participation: our own routes for joining, following and voting, and what pages show of it."""
