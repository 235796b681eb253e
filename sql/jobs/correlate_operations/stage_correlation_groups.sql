-- One staged group.
insert into oplatency.staged_correlation_groups
(
    run_token, as_of, group_no, members, onset_at, bottleneck, is_alerting
)
values
(
    %(run_token)s, %(as_of)s, %(group_no)s, %(members)s, %(onset_at)s, %(bottleneck)s, %(is_alerting)s
);
