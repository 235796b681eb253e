-- Content digests, table by table.
select
    of_table,
    n_rows,
    digest
from oplatency.v_digest
order by of_table;
