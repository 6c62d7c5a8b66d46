"""Teaching a trained net classes of one's own: a new head on its features, or fine-tuning."""
