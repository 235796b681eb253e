-- Findings tell the branch of their call, findings and verdicts which baseline judged them and what it was made from.
alter table oplatency.anomalies
add column call_branch_id integer
    constraint anomalies_call_branch_id_fk references oplatency.branches,
add column baseline_level text
    constraint anomalies_baseline_level_ck check (baseline_level in ('branch', 'operation', 'like operations'));
alter table oplatency.staged_anomalies
add column call_branch_id integer,
add column baseline_level text;
alter table oplatency.verdicts
add column baseline_id bigint,
add column baseline_level text
    constraint verdicts_baseline_level_ck check (baseline_level in ('branch', 'operation', 'like operations'));
alter table oplatency.staged_verdicts
add column baseline_id bigint,
add column baseline_level text;
do $$
declare
    described record;
begin
    for described in
        select *
        from (
            values
            ('anomalies', 'call_branch_id', 'Branch of the call; -1 = unknown; null = an hour of many calls, or found before this was noted.'),
            (
                'anomalies', 'baseline_level',
                'What the baseline was made from: the branch, the operation, or mostly like operations (the scales of few calls); null = found before this was noted.'
            ),
            ('verdicts', 'baseline_id', 'Baseline that judged what decided; null = none, or judged before this was noted.'),
            (
                'verdicts', 'baseline_level',
                'What that baseline was made from: branch, operation or, mostly, like operations; null = no baseline, or judged before this was noted.'
            )
        ) as texts (table_name, column_name, description)
    loop
        execute format(
            'comment on column oplatency.%I.%I is %L', described.table_name, described.column_name, described.description
        );
        execute format(
            'comment on column oplatency.%I.%I is %L', 'staged_' || described.table_name, described.column_name,
            described.description
        );
    end loop;
end
$$;
