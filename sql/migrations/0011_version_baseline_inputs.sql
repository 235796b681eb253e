-- What a baseline version was made from: days covered, intervals left out, how sure each percentile is. And which
-- configuration is in use, so that going back to earlier settings brings their baselines back into force.
create table oplatency.excluded_intervals (
    interval_id bigint generated always as identity
        constraint excluded_intervals_pk primary key,
    operation_id integer not null
        constraint excluded_intervals_operation_id_fk references oplatency.operation_types,
    branch_id integer not null default 0
        constraint excluded_intervals_branch_id_fk references oplatency.branches,
    from_at timestamptz not null,
    to_at timestamptz not null,
    is_kept boolean not null default false,
    origin text not null
        constraint excluded_intervals_origin_ck check (origin in ('person', 'incident')),
    reason text not null
        constraint excluded_intervals_reason_ck check (btrim(reason) <> ''),
    known_at timestamptz not null,
    noted_by text not null,
    noted_at timestamptz not null default clock_timestamp(),
    removed_at timestamptz,
    removed_by text,
    constraint excluded_intervals_interval_ck check (from_at < to_at),
    constraint excluded_intervals_removed_ck check ((removed_at is null) = (removed_by is null))
);
create index excluded_intervals_operation_ix on oplatency.excluded_intervals (operation_id, to_at);
comment on table oplatency.excluded_intervals is
'One row per stretch that people or incidents say is no part of what is normal, or is, against the alert rule.';
comment on column oplatency.excluded_intervals.interval_id is 'Surrogate key.';
comment on column oplatency.excluded_intervals.operation_id is 'Operation whose calls are left out.';
comment on column oplatency.excluded_intervals.branch_id is 'Branch whose calls are left out; 0 = all branches.';
comment on column oplatency.excluded_intervals.from_at is 'First instant, inclusive.';
comment on column oplatency.excluded_intervals.to_at is 'End, exclusive.';
comment on column oplatency.excluded_intervals.is_kept is
'True = the opposite: what the alert rule finds in it stays in the baselines.';
comment on column oplatency.excluded_intervals.origin is 'Who says so: person or incident.';
comment on column oplatency.excluded_intervals.reason is 'Why, in words.';
comment on column oplatency.excluded_intervals.known_at is 'Baselines as of this instant or later take it into account.';
comment on column oplatency.excluded_intervals.noted_by is 'Who noted it.';
comment on column oplatency.excluded_intervals.noted_at is 'When it was noted.';
comment on column oplatency.excluded_intervals.removed_at is 'When it was taken back; null = it holds.';
comment on column oplatency.excluded_intervals.removed_by is 'Who took it back; null = it holds.';

alter table oplatency.baselines
add column days_covered double precision
    constraint baselines_days_covered_ck check (days_covered >= 0 and days_covered <= lookback_days),
add column excluded jsonb not null default '[]',
add column excluded_hours double precision not null default 0
    constraint baselines_excluded_hours_ck check (excluded_hours >= 0 and excluded_hours <= 24 * lookback_days),
add column is_new_normal boolean not null default false,
add column p50_low_us double precision,
add column p50_high_us double precision,
add column p75_low_us double precision,
add column p75_high_us double precision,
add column p90_low_us double precision,
add column p90_high_us double precision,
add column p95_low_us double precision,
add column p95_high_us double precision,
add column p99_low_us double precision,
add column p99_high_us double precision,
add column p50_is_estimable boolean generated always as (n_calls >= 5) stored,
add column p75_is_estimable boolean generated always as (n_calls >= 11) stored,
add column p90_is_estimable boolean generated always as (n_calls >= 29) stored,
add column p95_is_estimable boolean generated always as (n_calls >= 59) stored;
alter table oplatency.staged_baselines
add column days_covered double precision,
add column excluded jsonb,
add column excluded_hours double precision,
add column is_new_normal boolean,
add column p50_low_us double precision,
add column p50_high_us double precision,
add column p75_low_us double precision,
add column p75_high_us double precision,
add column p90_low_us double precision,
add column p90_high_us double precision,
add column p95_low_us double precision,
add column p95_high_us double precision,
add column p99_low_us double precision,
add column p99_high_us double precision;
do $$
declare
    mirrored text;
    percentile text;
    described record;
begin
    foreach mirrored in array array['baselines', 'staged_baselines']
    loop
        for described in
            select *
            from (
                values
                ('days_covered', 'Days of the window with calls, the first from its first call on; null = not measured then.'),
                ('excluded', 'Stretches left out: from, to, origin (alert, person, incident), reason.'),
                ('excluded_hours', 'Length of the stretches left out, hours.'),
                ('is_new_normal', 'Whether more than the limit would have been left out, and so nothing was.')
            ) as texts (column_name, description)
        loop
            execute format('comment on column oplatency.%I.%I is %L', mirrored, described.column_name, described.description);
        end loop;
        foreach percentile in array array['p50', 'p75', 'p90', 'p95', 'p99']
        loop
            execute format(
                'comment on column oplatency.%I.%I is %L', mirrored, percentile || '_low_us',
                'Lower end of the 95 % interval of ' || percentile || ', microseconds; null = too few calls.'
            );
            execute format(
                'comment on column oplatency.%I.%I is %L', mirrored, percentile || '_high_us',
                'Upper end of the 95 % interval of ' || percentile || ', microseconds; null = too few calls.'
            );
        end loop;
    end loop;
end
$$;
comment on column oplatency.baselines.p50_is_estimable is 'Whether n allows a 95 % upper bound for p50 (n at least 5).';
comment on column oplatency.baselines.p75_is_estimable is 'Whether n allows a 95 % upper bound for p75 (n at least 11).';
comment on column oplatency.baselines.p90_is_estimable is 'Whether n allows a 95 % upper bound for p90 (n at least 29).';
comment on column oplatency.baselines.p95_is_estimable is 'Whether n allows a 95 % upper bound for p95 (n at least 59).';

create table oplatency.configuration_uses (
    use_no bigint generated always as identity
        constraint configuration_uses_pk primary key,
    config_hash text not null
        constraint configuration_uses_config_hash_fk references oplatency.configurations,
    used_at timestamptz not null default clock_timestamp()
);
comment on table oplatency.configuration_uses is 'One row each time baselines were published with other settings than before.';
comment on column oplatency.configuration_uses.use_no is 'Order of use; the configuration of the largest number is in use.';
comment on column oplatency.configuration_uses.config_hash is 'Settings that came into use.';
comment on column oplatency.configuration_uses.used_at is 'When baselines were first published with them, this time.';
insert into oplatency.configuration_uses (config_hash)
select configurations.config_hash
from oplatency.configurations as configurations
where exists (select 1 from oplatency.baselines as baselines where configurations.config_hash = baselines.config_hash)
order by configurations.config_no;
