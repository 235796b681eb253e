-- A profile knows from which z on a slow call is news, of each quarter of an hour of the day.
alter table oplatency.baseline_profiles
add column news_z double precision[]
    constraint baseline_profiles_news_z_ck check (cardinality(news_z) = 96);
alter table oplatency.staged_baselines add column news_z double precision[];
comment on column oplatency.baseline_profiles.news_z is
'From which z on a slow call may alert, per quarter of an hour of the UTC day, 96 values; null = not learnt: points.warning_z.';
comment on column oplatency.staged_baselines.news_z is
'From which z on a slow call may alert, per quarter of an hour of the UTC day, 96 values; null = not learnt: points.warning_z.';
