"""How many machines an audience needs: ``python -m deploy.halls plan --viewers 1000``."""
