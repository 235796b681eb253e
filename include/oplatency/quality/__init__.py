"""Data quality: Great Expectations suites, one function a table, used as gates."""
