-- Traces as trees: which step ran inside which, and the time it spent itself.
-- Grain: one row per span, whatever its parent link says.
-- Window: everything stored; a condition on trace_id reads that trace only.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_trace_hierarchy as
select
    traces.trace_id,
    tree.span_id,
    tree.parent_span_id,
    tree.span_name,
    operation_types.name as operation_type,
    tree.span_status,
    tree.duration_us::double precision / 1000 as duration_ms,
    -- greatest() passes over null, so a running span is left out beforehand
    case
        when tree.duration_us is not null then greatest(tree.duration_us - tree.children_us, 0)::double precision / 1000
    end as self_ms,
    tree.depth,
    tree.path
from (
    select distinct spans.trace_id
    from oplatency.spans as spans
) as traces
left join lateral (
    with recursive steps as (
        select
            spans.span_id,
            spans.parent_span_id,
            spans.span_name,
            spans.operation_id,
            spans.span_status,
            spans.duration_us,
            row_number() over (order by spans.started_at, spans.span_id) as step_no
        from oplatency.spans as spans
        where spans.trace_id = traces.trace_id
    ),

    -- Down from the roots. A span has one parent, so a descent that starts outside a loop never enters one.
    descent as (
        select
            steps.span_id,
            0 as depth,
            steps.span_name as path,
            array[steps.step_no] as tree_order
        from steps
        left join steps as parents on steps.parent_span_id = parents.span_id
        where parents.span_id is null
        union all
        select
            steps.span_id,
            descent.depth + 1 as depth,
            descent.path || ' > ' || steps.span_name as path,
            descent.tree_order || steps.step_no as tree_order
        from steps
        inner join descent on steps.parent_span_id = descent.span_id
    ),

    times_of_children as (
        select
            steps.parent_span_id,
            sum(steps.duration_us)::bigint as children_us
        from steps
        where steps.span_id <> steps.parent_span_id
        group by steps.parent_span_id
    )

    -- What no root leads to hangs in a loop of parents: each such span is shown as a root.
    select
        steps.span_id,
        steps.parent_span_id,
        steps.span_name,
        steps.operation_id,
        steps.span_status,
        steps.duration_us,
        coalesce(times_of_children.children_us, 0) as children_us,
        coalesce(descent.depth, 0) as depth,
        coalesce(descent.path, steps.span_name) as path,
        coalesce(descent.tree_order, array[steps.step_no]) as tree_order
    from steps
    left join descent on steps.span_id = descent.span_id
    left join times_of_children on steps.span_id = times_of_children.parent_span_id
) as tree on true
left join oplatency.operation_types as operation_types on tree.operation_id = operation_types.operation_id
order by traces.trace_id, tree.tree_order;
comment on view oplatency.v_trace_hierarchy is
'Traces as trees, each trace depth first in order of start. Orphans and spans in a loop of parents count as roots.';
comment on column oplatency.v_trace_hierarchy.trace_id is 'Trace.';
comment on column oplatency.v_trace_hierarchy.span_id is 'Step, unique within its trace.';
comment on column oplatency.v_trace_hierarchy.parent_span_id is
'Step it is part of, as the source told it; null = root of the trace.';
comment on column oplatency.v_trace_hierarchy.span_name is 'Free text.';
comment on column oplatency.v_trace_hierarchy.operation_type is
'Operation it measures; null = no catalogued operation.';
comment on column oplatency.v_trace_hierarchy.span_status is 'RUNNING, SUCCESS or ERROR.';
comment on column oplatency.v_trace_hierarchy.duration_ms is 'Duration in milliseconds; null = still running.';
comment on column oplatency.v_trace_hierarchy.self_ms is
'Duration less the durations of its direct children, in milliseconds; 0 where children overlap, null = still running.';
comment on column oplatency.v_trace_hierarchy.depth is 'Steps between it and its root; 0 = a root.';
comment on column oplatency.v_trace_hierarchy.path is 'Names from its root down to it, joined by " > ".';
