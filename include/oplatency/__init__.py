"""Operation-latency analytics: baselines, anomalies and correlations of how long operations take."""
