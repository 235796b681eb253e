-- What changed from one baseline to the next, by name.
-- Grain: one row per operation, branch and as-of that has a predecessor.
-- Window: versions up to the reference time.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_baseline_changes as
select
    operation_types.name as operation,
    branches.name as branch,
    changes.as_of,
    changes.previous_as_of,
    changes.n_calls as samples,
    changes.previous_p50_us / 1000 as p50_old_ms,
    changes.p50_us / 1000 as p50_new_ms,
    changes.previous_p99_us / 1000 as p99_old_ms,
    changes.p99_us / 1000 as p99_new_ms,
    changes.p99_change_pct,
    changes.needs_review,
    changes.reason,
    changes.previous_n_calls as samples_old,
    changes.revision,
    changes.excluded_hours,
    changes.is_new_normal as new_normal,
    changes.drift_pct,
    changes.is_creeping as creeping
from oplatency.baseline_changes as changes
inner join oplatency.operation_types as operation_types on changes.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on changes.branch_id = branches.branch_id;
comment on view oplatency.v_baseline_changes is
'What changed from one baseline of an operation and branch to the next, and why.';
comment on column oplatency.v_baseline_changes.operation is 'Operation.';
comment on column oplatency.v_baseline_changes.branch is 'Branch; (all) = all branches.';
comment on column oplatency.v_baseline_changes.as_of is 'As-of of the newer baseline.';
comment on column oplatency.v_baseline_changes.previous_as_of is 'As-of of the one before it.';
comment on column oplatency.v_baseline_changes.samples is 'Calls the newer baseline was computed from.';
comment on column oplatency.v_baseline_changes.p50_old_ms is 'Median of the older baseline, in milliseconds.';
comment on column oplatency.v_baseline_changes.p50_new_ms is 'Median of the newer baseline, in milliseconds.';
comment on column oplatency.v_baseline_changes.p99_old_ms is 'p99 of the older baseline, in milliseconds.';
comment on column oplatency.v_baseline_changes.p99_new_ms is 'p99 of the newer baseline, in milliseconds.';
comment on column oplatency.v_baseline_changes.p99_change_pct is
'Change of p99 in percent of the older; positive = slower.';
comment on column oplatency.v_baseline_changes.needs_review is
'Whether p99 more than doubled or halved: published, but a person should look.';
comment on column oplatency.v_baseline_changes.reason is
'What made the difference: newer days, settings, late calls or an exclusion (a revision), a new normal, creep.';
comment on column oplatency.v_baseline_changes.samples_old is 'Calls the older baseline was computed from.';
comment on column oplatency.v_baseline_changes.revision is 'Revision of the newer one: above 1 its content changed after it was first computed.';
comment on column oplatency.v_baseline_changes.excluded_hours is 'Hours excluded from the newer one.';
comment on column oplatency.v_baseline_changes.new_normal is
'Whether what was left out, or would have been, counts as normal from here on.';
comment on column oplatency.v_baseline_changes.drift_pct is
'Median against the baseline of four weeks before (trends.creep_days), in percent; null = there is none.';
comment on column oplatency.v_baseline_changes.creeping is 'Whether that is at least trends.creep_min_effect, or its mirror image.';
