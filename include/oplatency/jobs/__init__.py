"""Jobs: each a pure function of accepted facts, window and configuration. One module a job, named as its DAG."""
