"""How many machines a hall of viewers needs: ``python -m deploy.halls plan --viewers 1000``."""
