"""A crowd of viewers who open sessions with one server: ``make load``. Not part of ``make test``; Linux only."""
