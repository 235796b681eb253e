-- What changed from one baseline to the next.
-- Grain: one row per operation, branch and as-of that has a predecessor.
create or replace view oplatency.baseline_changes as
with versions as (
    select distinct on (baselines.operation_id, baselines.branch_id, baselines.as_of)
        baselines.*
    from oplatency.baselines as baselines
    inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
    where baselines.as_of <= (select oplatency.reference_time())
    order by
        baselines.operation_id asc,
        baselines.branch_id asc,
        baselines.as_of asc,
        configurations.config_no desc,
        baselines.revision desc
),

sequenced as (
    select
        versions.*,
        lag(versions.as_of) over version_order as previous_as_of,
        lag(versions.n_calls) over version_order as previous_n_calls,
        lag(versions.p50_us) over version_order as previous_p50_us,
        lag(versions.p99_us) over version_order as previous_p99_us,
        lag(versions.config_hash) over version_order as previous_config_hash
    from versions
    window version_order as (partition by versions.operation_id, versions.branch_id order by versions.as_of)
)

select
    sequenced.operation_id,
    sequenced.branch_id,
    sequenced.as_of,
    sequenced.previous_as_of,
    sequenced.n_calls,
    sequenced.previous_n_calls,
    sequenced.p50_us,
    sequenced.previous_p50_us,
    sequenced.p99_us,
    sequenced.previous_p99_us,
    100 * (sequenced.p99_us / sequenced.previous_p99_us - 1) as p99_change_pct,
    sequenced.p99_us > 2 * sequenced.previous_p99_us or sequenced.previous_p99_us > 2 * sequenced.p99_us as needs_review,
    case
        when sequenced.config_hash <> sequenced.previous_config_hash then 'settings changed'
        when sequenced.p99_us = sequenced.previous_p99_us and sequenced.n_calls = sequenced.previous_n_calls then 'unchanged'
        else 'calls of ' || (sequenced.as_of::date - sequenced.previous_as_of::date) || ' newer days'
    end as reason
from sequenced
where sequenced.previous_as_of is not null;
comment on view oplatency.baseline_changes is 'What changed from one baseline of an operation and branch to the next, and why.';
