-- Operations that slow together: pairs, and groups of them. Each run replaces the rows of its window.
create table oplatency.correlations (
    as_of timestamptz not null,
    operation_a_id integer not null
        constraint correlations_operation_a_id_fk references oplatency.operation_types,
    operation_b_id integer not null
        constraint correlations_operation_b_id_fk references oplatency.operation_types,
    raw_pearson double precision,
    raw_spearman double precision,
    corrected double precision,
    joint_bins integer not null,
    effective_n double precision not null,
    p double precision not null
        constraint correlations_p_ck check (p between 0 and 1),
    q double precision not null
        constraint correlations_q_ck check (q between 0 and 1),
    lag_bins integer not null,
    strength text not null
        constraint correlations_strength_ck check (strength in ('moderate', 'strong', 'critical', 'co-exceedance')),
    group_no integer not null,
    bottleneck text not null,
    constraint correlations_pk primary key (as_of, operation_a_id, operation_b_id),
    constraint correlations_pair_ck check (operation_a_id <> operation_b_id)
);
comment on table oplatency.correlations is 'One row per pair of operations that slow together within a window.';
comment on column oplatency.correlations.as_of is 'End of the window, exclusive; a whole UTC hour.';
comment on column oplatency.correlations.operation_a_id is 'First operation of the pair, by name.';
comment on column oplatency.correlations.operation_b_id is 'Second operation of the pair, by name.';
comment on column oplatency.correlations.raw_pearson is
'Pearson over one-minute means of durations; null where it is not defined.';
comment on column oplatency.correlations.raw_spearman is 'Spearman over the same; null where it is not defined.';
comment on column oplatency.correlations.corrected is
'Pearson over residuals, what all operations share taken off; null where too few bins are common.';
comment on column oplatency.correlations.joint_bins is 'Bins in which both were slow.';
comment on column oplatency.correlations.effective_n is 'Independent bins, autocorrelation taken off.';
comment on column oplatency.correlations.p is 'One-sided probability under independence.';
comment on column oplatency.correlations.q is 'The same after Benjamini-Hochberg over all pairs.';
comment on column oplatency.correlations.lag_bins is 'Shift of b against a at which they match best, in bins.';
comment on column oplatency.correlations.strength is 'Class of the corrected coefficient.';
comment on column oplatency.correlations.group_no is 'Group of the pair within the window.';
comment on column oplatency.correlations.bottleneck is 'Id of the likely shared cause, see bottlenecks.';

create table oplatency.correlation_groups (
    as_of timestamptz not null,
    group_no integer not null,
    members text[] not null,
    onset_at timestamptz,
    bottleneck text not null,
    is_alerting boolean not null,
    constraint correlation_groups_pk primary key (as_of, group_no),
    constraint correlation_groups_members_ck check (cardinality(members) >= 2)
);
comment on table oplatency.correlation_groups is 'One row per group of operations that slow together within a window.';
comment on column oplatency.correlation_groups.as_of is 'End of the window, exclusive.';
comment on column oplatency.correlation_groups.group_no is 'Number within the window, largest group first.';
comment on column oplatency.correlation_groups.members is 'Names of the operations, sorted.';
comment on column oplatency.correlation_groups.onset_at is
'First bin in which at least two members were slow; null = none was.';
comment on column oplatency.correlation_groups.bottleneck is 'Id of the likely shared cause, see bottlenecks.';
comment on column oplatency.correlation_groups.is_alerting is 'Whether the evidence is strong enough to alert.';
