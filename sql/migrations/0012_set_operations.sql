-- What people set for one operation: an append-only history, the value in force beside the catalogue's.
alter table oplatency.operation_types
add column min_effect double precision
    constraint operation_types_min_effect_ck check (min_effect > 0 and min_effect < 'Infinity'),
add column scale_floor double precision
    constraint operation_types_scale_floor_ck check (scale_floor > 0 and scale_floor < 'Infinity');
comment on column oplatency.operation_types.min_effect is
'Smallest slow-down that is a finding, as a fraction; null = the setting points.min_effect.';
comment on column oplatency.operation_types.scale_floor is
'Smallest scale, in ln(duration); null = the setting points.scale_floor.';

create table oplatency.operation_changes (
    change_no bigint generated always as identity
        constraint operation_changes_pk primary key,
    operation_id integer not null
        constraint operation_changes_operation_id_fk references oplatency.operation_types,
    setting text not null
        constraint operation_changes_setting_ck
        check (setting in ('alert_threshold', 'is_tracked', 'category', 'min_effect', 'scale_floor')),
    old_value jsonb not null,
    new_value jsonb not null,
    note text not null
        constraint operation_changes_note_ck check (btrim(note) <> ''),
    changed_by text not null,
    changed_at timestamptz not null default clock_timestamp(),
    config_hash text not null
        constraint operation_changes_config_hash_fk references oplatency.configurations,
    constraint operation_changes_differ_ck check (old_value <> new_value)
);
create index operation_changes_operation_ix on oplatency.operation_changes (operation_id, setting, change_no);
comment on table oplatency.operation_changes is 'One row per value that a person set for an operation; never changed, never deleted.';
comment on column oplatency.operation_changes.change_no is 'Order of the changes.';
comment on column oplatency.operation_changes.operation_id is 'Operation.';
comment on column oplatency.operation_changes.setting is 'Column of operation_types that was set.';
comment on column oplatency.operation_changes.old_value is 'Value before; JSON null = the general setting.';
comment on column oplatency.operation_changes.new_value is 'Value from then on; JSON null = the general setting.';
comment on column oplatency.operation_changes.note is 'Why, in words.';
comment on column oplatency.operation_changes.changed_by is 'Who set it.';
comment on column oplatency.operation_changes.changed_at is 'When it was set.';
comment on column oplatency.operation_changes.config_hash is 'Configuration after the change, by which results name it.';
