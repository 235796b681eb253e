-- The as-of of the bootstrap data; no row before it is loaded.
select as_of
from oplatency.bootstrap_loads;
