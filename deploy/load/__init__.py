"""A crowd of viewers with sessions on one server: ``python -m deploy.load``. Linux only."""
