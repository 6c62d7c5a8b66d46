"""A crowd of viewers who open sessions with one server: ``python -m deploy.load``. Linux only."""
