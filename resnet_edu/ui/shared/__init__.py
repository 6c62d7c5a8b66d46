"""What several pages share: requests to the engine, growing measurements, pictures, the block diagram."""
