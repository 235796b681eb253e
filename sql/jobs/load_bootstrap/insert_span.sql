-- One span of the bootstrap data; its key keeps a second load out.
insert into oplatency.spans
(
    trace_id, span_id, parent_span_id, operation_id, span_name, branch_id, user_id, started_at, duration_us, span_status,
    attributes
)
values
(
    %(trace_id)s,
    %(span_id)s,
    %(parent_span_id)s,
    (select operations.operation_id from oplatency.operation_types as operations where operations.name = %(operation)s),
    %(span_name)s,
    (select branches.branch_id from oplatency.branches as branches where branches.name = %(branch)s),
    (select users.user_id from oplatency.users as users where users.name = %(user)s),
    %(started_at)s,
    %(duration_us)s,
    %(span_status)s,
    %(attributes)s
)
on conflict (trace_id, span_id) do nothing;
