"""What several pages use: asking the engine, watching a measurement, pictures, the block diagram."""
