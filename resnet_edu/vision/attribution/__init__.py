"""Which pixels speak for a class? Ten and more answers, each in one registered function."""
