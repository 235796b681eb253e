"""Records the sample that the demo replays: in a checkout only, the wheel does not hold it."""
