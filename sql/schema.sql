-- Tables, constraints and indexes as the migrations leave them. Made by `make fix` for reading and for reviews of
-- changes; nothing runs it. What each column means is in docs/data_dictionary.md; functions, views and grants are files
-- of sql/. Daily partitions of metrics are not shown.

CREATE TABLE oplatency.baselines (
    baseline_id bigint NOT NULL,
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    as_of timestamp with time zone NOT NULL,
    config_hash text NOT NULL,
    revision integer NOT NULL,
    lookback_days integer NOT NULL,
    n_calls bigint NOT NULL,
    hours_covered integer NOT NULL,
    days_covered double precision,
    excluded jsonb DEFAULT '[]'::jsonb NOT NULL,
    excluded_hours double precision DEFAULT 0 NOT NULL,
    is_new_normal boolean DEFAULT false NOT NULL,
    min_us bigint NOT NULL,
    p50_us double precision NOT NULL,
    p50_low_us double precision,
    p50_high_us double precision,
    p50_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 5)) STORED,
    p75_us double precision NOT NULL,
    p75_low_us double precision,
    p75_high_us double precision,
    p75_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 11)) STORED,
    p90_us double precision NOT NULL,
    p90_low_us double precision,
    p90_high_us double precision,
    p90_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 29)) STORED,
    p95_us double precision NOT NULL,
    p95_low_us double precision,
    p95_high_us double precision,
    p95_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 59)) STORED,
    p99_us double precision NOT NULL,
    p99_low_us double precision,
    p99_high_us double precision,
    p99_is_estimable boolean NOT NULL,
    max_us bigint NOT NULL,
    mean_us double precision NOT NULL,
    sd_us double precision NOT NULL,
    alert_threshold double precision NOT NULL,
    CONSTRAINT baselines_as_of_ck CHECK ((as_of = date_trunc('day'::text, as_of, 'UTC'::text))),
    CONSTRAINT baselines_days_covered_ck CHECK (((days_covered >= (0)::double precision) AND (days_covered <= (lookback_days)::double precision))),
    CONSTRAINT baselines_excluded_hours_ck CHECK (((excluded_hours >= (0)::double precision) AND (excluded_hours <= ((24 * lookback_days))::double precision))),
    CONSTRAINT baselines_finite_ck CHECK (((min_us >= 1) AND (mean_us < 'Infinity'::double precision) AND (sd_us >= (0)::double precision) AND (sd_us < 'Infinity'::double precision) AND (p99_us < 'Infinity'::double precision))),
    CONSTRAINT baselines_hours_covered_ck CHECK ((hours_covered >= 1)),
    CONSTRAINT baselines_lookback_ck CHECK ((lookback_days >= 1)),
    CONSTRAINT baselines_n_calls_ck CHECK ((n_calls >= 2)),
    CONSTRAINT baselines_order_ck CHECK ((((min_us)::double precision <= p50_us) AND (p50_us <= p75_us) AND (p75_us <= p90_us) AND (p90_us <= p95_us) AND (p95_us <= p99_us) AND (p99_us <= (max_us)::double precision))),
    CONSTRAINT baselines_revision_ck CHECK ((revision >= 1))
);

CREATE TABLE oplatency.aggregate_intervals (
    source text NOT NULL,
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    interval_start timestamp with time zone NOT NULL,
    interval_end timestamp with time zone NOT NULL,
    n_calls bigint NOT NULL,
    total_us double precision NOT NULL,
    mean_us double precision NOT NULL,
    sd_us double precision NOT NULL,
    n_rows bigint NOT NULL,
    CONSTRAINT aggregate_intervals_mean_ck CHECK (((mean_us >= (0)::double precision) AND (mean_us < 'Infinity'::double precision))),
    CONSTRAINT aggregate_intervals_n_calls_ck CHECK ((n_calls > 0)),
    CONSTRAINT aggregate_intervals_order_ck CHECK ((interval_start < interval_end)),
    CONSTRAINT aggregate_intervals_sd_ck CHECK (((sd_us >= (0)::double precision) AND (sd_us < 'Infinity'::double precision))),
    CONSTRAINT aggregate_intervals_total_ck CHECK (((total_us >= (0)::double precision) AND (total_us < 'Infinity'::double precision)))
);

CREATE TABLE oplatency.anomalies (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    call_branch_id integer,
    kind text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    identity_hash bigint NOT NULL,
    duration_us double precision NOT NULL,
    expected_us double precision NOT NULL,
    z double precision NOT NULL,
    classical_z double precision NOT NULL,
    effect double precision NOT NULL,
    effect_low double precision,
    effect_high double precision,
    severity text NOT NULL,
    is_alerting boolean NOT NULL,
    baseline_id bigint NOT NULL,
    baseline_level text,
    CONSTRAINT anomalies_baseline_level_ck CHECK ((baseline_level = ANY (ARRAY['branch'::text, 'operation'::text, 'like_operations'::text]))),
    CONSTRAINT anomalies_severity_ck CHECK ((severity = ANY (ARRAY['NONE'::text, 'INFO'::text, 'WARNING'::text, 'CRITICAL'::text]))),
    CONSTRAINT anomalies_window_ck CHECK ((window_start < window_end)),
    CONSTRAINT anomalies_z_ck CHECK (((abs(z) < 'Infinity'::double precision) AND (abs(classical_z) < 'Infinity'::double precision)))
);

CREATE TABLE oplatency.branches (
    branch_id integer NOT NULL,
    name text NOT NULL,
    CONSTRAINT branches_name_ck CHECK ((btrim(name) <> ''::text))
);

CREATE TABLE oplatency.degradations (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    kind text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    lookback_days integer NOT NULL,
    n_before bigint NOT NULL,
    n_after bigint NOT NULL,
    before_us double precision NOT NULL,
    after_us double precision NOT NULL,
    z double precision NOT NULL,
    classical_z double precision,
    effect double precision NOT NULL,
    effect_low double precision,
    effect_high double precision,
    quantile_shifts double precision[],
    shape text NOT NULL,
    onset_at timestamp with time zone,
    onset_low_at timestamp with time zone,
    onset_high_at timestamp with time zone,
    no_onset_reason text,
    severity text NOT NULL,
    is_alerting boolean NOT NULL,
    CONSTRAINT degradations_classical_z_ck CHECK ((abs(classical_z) < 'Infinity'::double precision)),
    CONSTRAINT degradations_effect_ck CHECK (((effect_low <= effect) AND (effect <= effect_high))),
    CONSTRAINT degradations_onset_ck CHECK (((onset_low_at <= onset_at) AND (onset_at <= onset_high_at))),
    CONSTRAINT degradations_quantile_shifts_ck CHECK ((cardinality(quantile_shifts) = 5)),
    CONSTRAINT degradations_severity_ck CHECK ((severity = ANY (ARRAY['NONE'::text, 'INFO'::text, 'WARNING'::text, 'CRITICAL'::text]))),
    CONSTRAINT degradations_window_ck CHECK ((window_start < window_end))
);

CREATE TABLE oplatency.rules (
    rule text NOT NULL,
    kind text NOT NULL,
    grain text NOT NULL,
    rank smallint NOT NULL,
    CONSTRAINT rules_grain_ck CHECK ((grain = ANY (ARRAY['call'::text, 'hour'::text, 'day'::text])))
);

CREATE TABLE oplatency.operation_types (
    operation_id integer NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    area text NOT NULL,
    typical_duration_us bigint,
    is_tracked boolean DEFAULT true NOT NULL,
    alert_threshold double precision DEFAULT 2.0 NOT NULL,
    min_effect double precision,
    scale_floor double precision,
    origin text NOT NULL,
    CONSTRAINT operation_types_alert_threshold_ck CHECK (((alert_threshold >= (1)::double precision) AND (alert_threshold < 'Infinity'::double precision))),
    CONSTRAINT operation_types_category_ck CHECK ((category = ANY (ARRAY['READ'::text, 'WRITE'::text, 'ADMIN'::text, 'UNKNOWN'::text]))),
    CONSTRAINT operation_types_min_effect_ck CHECK (((min_effect > (0)::double precision) AND (min_effect < 'Infinity'::double precision))),
    CONSTRAINT operation_types_name_ck CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT operation_types_origin_ck CHECK ((origin = ANY (ARRAY['catalogue'::text, 'ingest'::text, 'person'::text]))),
    CONSTRAINT operation_types_scale_floor_ck CHECK (((scale_floor > (0)::double precision) AND (scale_floor < 'Infinity'::double precision))),
    CONSTRAINT operation_types_typical_duration_ck CHECK ((typical_duration_us > 0))
);

CREATE TABLE oplatency.alerts (
    alert_id bigint NOT NULL,
    dedupe_key text NOT NULL,
    alert_type text NOT NULL,
    operation_id integer,
    branch_id integer NOT NULL,
    user_id integer NOT NULL,
    severity text NOT NULL,
    actual_us double precision NOT NULL,
    baseline_p99_us double precision,
    evidence jsonb NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    raised_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    acknowledgement_note text,
    CONSTRAINT alerts_acknowledged_ck CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT alerts_operation_ck CHECK (((operation_id IS NOT NULL) OR ((alert_type = 'SILENCE'::text) AND ((evidence ->> 'source'::text) IS NOT NULL)))),
    CONSTRAINT alerts_severity_ck CHECK ((severity = ANY (ARRAY['INFO'::text, 'WARNING'::text, 'CRITICAL'::text]))),
    CONSTRAINT alerts_type_ck CHECK ((alert_type = ANY (ARRAY['VIOLATION'::text, 'ANOMALY'::text, 'DEGRADATION'::text, 'CORRELATION'::text, 'SILENCE'::text])))
);
ALTER TABLE oplatency.alerts ALTER COLUMN alert_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.audit_results (
    audit_id bigint NOT NULL,
    run_token uuid,
    suite text NOT NULL,
    expectation text NOT NULL,
    description text NOT NULL,
    subject text NOT NULL,
    severity text DEFAULT 'critical'::text NOT NULL,
    passed boolean NOT NULL,
    n_rows bigint NOT NULL,
    n_unexpected bigint NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    checked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT audit_results_severity_ck CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text])))
);
ALTER TABLE oplatency.audit_results ALTER COLUMN audit_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.backtests (
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    config_hash text NOT NULL,
    labels_hash text NOT NULL,
    arrivals text NOT NULL,
    content jsonb NOT NULL,
    n_calls bigint NOT NULL,
    n_late bigint NOT NULL,
    n_alerts bigint NOT NULL,
    by_kind jsonb NOT NULL,
    n_labels bigint,
    n_true bigint,
    n_found bigint,
    median_delay_s double precision,
    replayed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT backtests_arrivals_ck CHECK ((arrivals = ANY (ARRAY['recorded'::text, 'started'::text]))),
    CONSTRAINT backtests_by_kind_ck CHECK ((jsonb_typeof(by_kind) = 'object'::text)),
    CONSTRAINT backtests_content_ck CHECK ((jsonb_typeof(content) = 'object'::text)),
    CONSTRAINT backtests_labels_ck CHECK (((num_nonnulls(n_labels, n_true, n_found) = ANY (ARRAY[0, 3])) AND ((n_labels IS NULL) OR (((n_true >= 0) AND (n_true <= n_alerts)) AND ((n_found >= 0) AND (n_found <= n_labels)))))),
    CONSTRAINT backtests_median_delay_ck CHECK (((median_delay_s >= (0)::double precision) AND (median_delay_s < 'Infinity'::double precision))),
    CONSTRAINT backtests_n_alerts_ck CHECK ((n_alerts >= 0)),
    CONSTRAINT backtests_n_calls_ck CHECK ((n_calls >= 0)),
    CONSTRAINT backtests_n_late_ck CHECK ((n_late >= 0)),
    CONSTRAINT backtests_window_ck CHECK ((window_start < window_end))
);

CREATE TABLE oplatency.configurations (
    config_hash text NOT NULL,
    config_no integer NOT NULL,
    content jsonb NOT NULL,
    first_used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE oplatency.baseline_profiles (
    baseline_id bigint NOT NULL,
    n_days integer NOT NULL,
    is_seasonal boolean NOT NULL,
    hour_offsets double precision[] NOT NULL,
    location double precision NOT NULL,
    scale_up double precision NOT NULL,
    scale_down double precision NOT NULL,
    recurring_z double precision[],
    CONSTRAINT baseline_profiles_hour_offsets_ck CHECK ((cardinality(hour_offsets) = 24)),
    CONSTRAINT baseline_profiles_recurring_z_ck CHECK ((cardinality(recurring_z) = 96)),
    CONSTRAINT baseline_profiles_scale_down_ck CHECK (((scale_down > (0)::double precision) AND (scale_down < 'Infinity'::double precision))),
    CONSTRAINT baseline_profiles_scale_up_ck CHECK (((scale_up > (0)::double precision) AND (scale_up < 'Infinity'::double precision)))
);
ALTER TABLE oplatency.baselines ALTER COLUMN baseline_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.bootstrap_loads (
    as_of timestamp with time zone NOT NULL,
    is_singleton boolean DEFAULT true NOT NULL,
    loaded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT bootstrap_loads_as_of_ck CHECK ((as_of = date_trunc('day'::text, as_of, 'UTC'::text))),
    CONSTRAINT bootstrap_loads_is_only_ck CHECK (is_singleton)
);
ALTER TABLE oplatency.branches ALTER COLUMN branch_id ADD GENERATED BY DEFAULT AS IDENTITY;

CREATE TABLE oplatency.canary_trials (
    as_of timestamp with time zone NOT NULL,
    operation_id integer NOT NULL,
    rule text NOT NULL,
    slowdown double precision NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    n_calls bigint NOT NULL,
    is_found boolean NOT NULL,
    delay_s double precision,
    config_hash text NOT NULL,
    tried_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT canary_trials_as_of_ck CHECK ((as_of = date_trunc('day'::text, as_of, 'UTC'::text))),
    CONSTRAINT canary_trials_delay_ck CHECK (((delay_s >= (0)::double precision) AND (delay_s < 'Infinity'::double precision))),
    CONSTRAINT canary_trials_found_ck CHECK ((is_found = (delay_s IS NOT NULL))),
    CONSTRAINT canary_trials_n_calls_ck CHECK ((n_calls >= 1)),
    CONSTRAINT canary_trials_slowdown_ck CHECK (((slowdown > (0)::double precision) AND (slowdown < 'Infinity'::double precision))),
    CONSTRAINT canary_trials_window_ck CHECK ((window_start < window_end))
);

CREATE TABLE oplatency.configuration_uses (
    use_no bigint NOT NULL,
    config_hash text NOT NULL,
    used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
ALTER TABLE oplatency.configuration_uses ALTER COLUMN use_no ADD GENERATED ALWAYS AS IDENTITY;
ALTER TABLE oplatency.configurations ALTER COLUMN config_no ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.correlation_groups (
    as_of timestamp with time zone NOT NULL,
    group_no integer NOT NULL,
    members text[] NOT NULL,
    onset_at timestamp with time zone,
    bottleneck text NOT NULL,
    is_alerting boolean NOT NULL,
    CONSTRAINT correlation_groups_members_ck CHECK ((cardinality(members) >= 2))
);

CREATE TABLE oplatency.correlations (
    as_of timestamp with time zone NOT NULL,
    operation_a_id integer NOT NULL,
    operation_b_id integer NOT NULL,
    raw_pearson double precision,
    raw_spearman double precision,
    corrected double precision,
    joint_bins integer NOT NULL,
    effective_n double precision NOT NULL,
    p double precision NOT NULL,
    q double precision NOT NULL,
    lag_bins integer NOT NULL,
    strength text NOT NULL,
    group_no integer NOT NULL,
    bottleneck text NOT NULL,
    CONSTRAINT correlations_p_ck CHECK (((p >= (0)::double precision) AND (p <= (1)::double precision))),
    CONSTRAINT correlations_pair_ck CHECK ((operation_a_id <> operation_b_id)),
    CONSTRAINT correlations_q_ck CHECK (((q >= (0)::double precision) AND (q <= (1)::double precision))),
    CONSTRAINT correlations_strength_ck CHECK ((strength = ANY (ARRAY['moderate'::text, 'strong'::text, 'critical'::text, 'co-exceedance'::text])))
);

CREATE TABLE oplatency.dirty_ranges (
    operation_id integer NOT NULL,
    hour_at timestamp with time zone NOT NULL,
    batch_id bigint NOT NULL,
    transaction_id xid8 DEFAULT pg_current_xact_id() NOT NULL
);

CREATE TABLE oplatency.excluded_intervals (
    interval_id bigint NOT NULL,
    operation_id integer NOT NULL,
    branch_id integer DEFAULT 0 NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    is_included boolean DEFAULT false NOT NULL,
    origin text NOT NULL,
    reason text NOT NULL,
    known_at timestamp with time zone NOT NULL,
    noted_by text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    removed_at timestamp with time zone,
    removed_by text,
    CONSTRAINT excluded_intervals_interval_ck CHECK ((from_at < to_at)),
    CONSTRAINT excluded_intervals_origin_ck CHECK ((origin = ANY (ARRAY['person'::text, 'incident'::text]))),
    CONSTRAINT excluded_intervals_reason_ck CHECK ((btrim(reason) <> ''::text)),
    CONSTRAINT excluded_intervals_removed_ck CHECK (((removed_at IS NULL) = (removed_by IS NULL)))
);
ALTER TABLE oplatency.excluded_intervals ALTER COLUMN interval_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.ingest_batches (
    batch_id bigint NOT NULL,
    run_token uuid NOT NULL,
    source text NOT NULL,
    format text NOT NULL,
    path text NOT NULL,
    content_hash bytea NOT NULL,
    idempotency_key text,
    retry_of bigint,
    assume_tz text,
    resolution_us bigint DEFAULT 1 NOT NULL,
    new_operations text,
    detect_unit_slips boolean DEFAULT true NOT NULL,
    status text NOT NULL,
    rows_in bigint DEFAULT 0 NOT NULL,
    accepted bigint DEFAULT 0 NOT NULL,
    duplicate bigint DEFAULT 0 NOT NULL,
    quarantined bigint DEFAULT 0 NOT NULL,
    reasons jsonb DEFAULT '{}'::jsonb NOT NULL,
    newest_call_at timestamp with time zone,
    bytes bigint DEFAULT 0 NOT NULL,
    seconds double precision DEFAULT 0 NOT NULL,
    received_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT ingest_batches_balance_ck CHECK (((status <> ALL (ARRAY['published'::text, 'partial_source'::text, 'failed'::text])) OR (rows_in = ((accepted + duplicate) + quarantined)))),
    CONSTRAINT ingest_batches_new_operations_ck CHECK ((new_operations = ANY (ARRAY['admit'::text, 'hold'::text]))),
    CONSTRAINT ingest_batches_status_ck CHECK ((status = ANY (ARRAY['staged'::text, 'audited'::text, 'failed'::text, 'published'::text, 'partial_source'::text, 'superseded'::text])))
);
ALTER TABLE oplatency.ingest_batches ALTER COLUMN batch_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.job_runs (
    run_token uuid NOT NULL,
    job text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    scope text DEFAULT ''::text NOT NULL,
    config_hash text NOT NULL,
    status text NOT NULL,
    is_stale boolean DEFAULT false NOT NULL,
    facts_from timestamp with time zone,
    facts_snapshot pg_snapshot,
    baselines_from timestamp with time zone,
    newest_baseline_id bigint,
    staged_digest text NOT NULL,
    result jsonb DEFAULT '{}'::jsonb NOT NULL,
    staged_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    audited_at timestamp with time zone,
    published_at timestamp with time zone,
    CONSTRAINT job_runs_status_ck CHECK ((status = ANY (ARRAY['staged'::text, 'audited'::text, 'failed'::text, 'published'::text, 'superseded'::text]))),
    CONSTRAINT job_runs_window_ck CHECK ((window_start < window_end))
);

CREATE TABLE oplatency.marks (
    mark_id bigint NOT NULL,
    title text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    operations text[] NOT NULL,
    note text NOT NULL,
    CONSTRAINT marks_interval_ck CHECK ((began_at < ended_at)),
    CONSTRAINT marks_title_ck CHECK ((btrim(title) <> ''::text))
);
ALTER TABLE oplatency.marks ALTER COLUMN mark_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.merges (
    merge_id bigint NOT NULL,
    identity_hash bigint NOT NULL,
    source_branch_id integer NOT NULL,
    target_branch_id integer NOT NULL,
    user_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    total_us bigint NOT NULL,
    merge_base_us bigint,
    conflict_detection_us bigint,
    auto_resolution_us bigint,
    n_conflicts integer NOT NULL,
    n_auto_resolved integer NOT NULL,
    n_unresolved integer NOT NULL,
    merge_status text NOT NULL,
    outcome jsonb,
    batch_id bigint,
    CONSTRAINT merges_auto_resolution_ck CHECK ((auto_resolution_us >= 0)),
    CONSTRAINT merges_conflict_detection_ck CHECK ((conflict_detection_us >= 0)),
    CONSTRAINT merges_conflicts_ck CHECK (((n_conflicts >= 0) AND (n_auto_resolved >= 0) AND (n_unresolved >= 0) AND ((n_auto_resolved + n_unresolved) <= n_conflicts))),
    CONSTRAINT merges_merge_base_ck CHECK ((merge_base_us >= 0)),
    CONSTRAINT merges_status_ck CHECK ((merge_status = ANY (ARRAY['SUCCESS'::text, 'PARTIAL_SUCCESS'::text, 'FAILED'::text, 'ABANDONED'::text]))),
    CONSTRAINT merges_total_ck CHECK ((total_us >= 1))
);
ALTER TABLE oplatency.merges ALTER COLUMN merge_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.metrics (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    user_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_us bigint NOT NULL,
    identity_hash bigint NOT NULL,
    batch_id bigint NOT NULL,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb,
    CONSTRAINT metrics_branch_id_ck CHECK ((branch_id <> 0)),
    CONSTRAINT metrics_duration_ck CHECK ((duration_us >= 1))
)
PARTITION BY RANGE (started_at);

CREATE TABLE oplatency.operation_changes (
    change_no bigint NOT NULL,
    operation_id integer NOT NULL,
    setting text NOT NULL,
    old_value jsonb NOT NULL,
    new_value jsonb NOT NULL,
    note text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    config_hash text NOT NULL,
    CONSTRAINT operation_changes_differ_ck CHECK ((old_value <> new_value)),
    CONSTRAINT operation_changes_note_ck CHECK ((btrim(note) <> ''::text)),
    CONSTRAINT operation_changes_setting_ck CHECK ((setting = ANY (ARRAY['alert_threshold'::text, 'is_tracked'::text, 'category'::text, 'min_effect'::text, 'scale_floor'::text])))
);
ALTER TABLE oplatency.operation_changes ALTER COLUMN change_no ADD GENERATED ALWAYS AS IDENTITY;
ALTER TABLE oplatency.operation_types ALTER COLUMN operation_id ADD GENERATED ALWAYS AS IDENTITY;

CREATE TABLE oplatency.polls (
    run_token uuid NOT NULL,
    source text NOT NULL,
    stream text NOT NULL,
    since_at timestamp with time zone NOT NULL,
    polled_at timestamp with time zone NOT NULL,
    watermark_at timestamp with time zone
);

CREATE TABLE oplatency.quarantined_rows (
    quarantine_id bigint NOT NULL,
    batch_id bigint NOT NULL,
    row_no bigint NOT NULL,
    line_no bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    raw text NOT NULL,
    fields jsonb,
    retry_batch_id bigint,
    released_at timestamp with time zone,
    released_batch_id bigint,
    discarded_at timestamp with time zone,
    discarded_by text,
    note text,
    CONSTRAINT quarantined_rows_discarded_ck CHECK (((discarded_at IS NULL) = (discarded_by IS NULL))),
    CONSTRAINT quarantined_rows_released_ck CHECK (((released_at IS NULL) = (released_batch_id IS NULL))),
    CONSTRAINT quarantined_rows_state_ck CHECK (((released_at IS NULL) OR (discarded_at IS NULL)))
);
ALTER TABLE oplatency.quarantined_rows ALTER COLUMN quarantine_id ADD GENERATED ALWAYS AS IDENTITY;
CREATE SEQUENCE oplatency.recorded_calls_sq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;

CREATE TABLE oplatency.recording_limits (
    operation_id integer NOT NULL,
    as_of timestamp with time zone NOT NULL,
    baseline_id bigint NOT NULL,
    limit_us double precision NOT NULL
);

CREATE TABLE oplatency.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE oplatency.source_watermarks (
    source text NOT NULL,
    stream text NOT NULL,
    watermark_at timestamp with time zone,
    polled_at timestamp with time zone NOT NULL
);

CREATE TABLE oplatency.spans (
    trace_id text NOT NULL,
    span_id text NOT NULL,
    parent_span_id text,
    operation_id integer,
    span_name text NOT NULL,
    branch_id integer NOT NULL,
    user_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_us bigint,
    span_status text NOT NULL,
    attributes jsonb,
    error jsonb,
    batch_id bigint,
    CONSTRAINT spans_duration_ck CHECK ((duration_us >= 0)),
    CONSTRAINT spans_status_ck CHECK ((span_status = ANY (ARRAY['RUNNING'::text, 'SUCCESS'::text, 'ERROR'::text])))
);

CREATE TABLE oplatency.staged_anomalies (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    call_branch_id integer,
    kind text,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    observed_at timestamp with time zone,
    identity_hash bigint,
    duration_us double precision,
    expected_us double precision,
    z double precision,
    classical_z double precision,
    effect double precision,
    effect_low double precision,
    effect_high double precision,
    severity text,
    is_alerting boolean,
    baseline_id bigint,
    baseline_level text
);

CREATE TABLE oplatency.staged_baselines (
    run_token uuid,
    baseline_id bigint,
    operation_id integer,
    branch_id integer,
    as_of timestamp with time zone,
    config_hash text,
    revision integer,
    lookback_days integer,
    n_calls bigint,
    hours_covered integer,
    days_covered double precision,
    excluded jsonb,
    excluded_hours double precision,
    is_new_normal boolean,
    min_us bigint,
    p50_us double precision,
    p50_low_us double precision,
    p50_high_us double precision,
    p75_us double precision,
    p75_low_us double precision,
    p75_high_us double precision,
    p90_us double precision,
    p90_low_us double precision,
    p90_high_us double precision,
    p95_us double precision,
    p95_low_us double precision,
    p95_high_us double precision,
    p99_us double precision,
    p99_low_us double precision,
    p99_high_us double precision,
    p99_is_estimable boolean,
    max_us bigint,
    mean_us double precision,
    sd_us double precision,
    alert_threshold double precision,
    n_days integer,
    is_seasonal boolean,
    hour_offsets double precision[],
    location double precision,
    scale_up double precision,
    scale_down double precision,
    recurring_z double precision[]
);

CREATE TABLE oplatency.staged_correlation_groups (
    run_token uuid,
    as_of timestamp with time zone,
    group_no integer,
    members text[],
    onset_at timestamp with time zone,
    bottleneck text,
    is_alerting boolean
);

CREATE TABLE oplatency.staged_correlations (
    run_token uuid,
    as_of timestamp with time zone,
    operation_a_id integer,
    operation_b_id integer,
    raw_pearson double precision,
    raw_spearman double precision,
    corrected double precision,
    joint_bins integer,
    effective_n double precision,
    p double precision,
    q double precision,
    lag_bins integer,
    strength text,
    group_no integer,
    bottleneck text
);

CREATE TABLE oplatency.staged_degradations (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    kind text,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    lookback_days integer,
    n_before bigint,
    n_after bigint,
    before_us double precision,
    after_us double precision,
    z double precision,
    classical_z double precision,
    effect double precision,
    effect_low double precision,
    effect_high double precision,
    quantile_shifts double precision[],
    shape text,
    onset_at timestamp with time zone,
    onset_low_at timestamp with time zone,
    onset_high_at timestamp with time zone,
    no_onset_reason text,
    severity text,
    is_alerting boolean
);

CREATE UNLOGGED TABLE oplatency.staged_metrics (
    run_token uuid,
    row_no bigint,
    line_no bigint,
    operation text,
    branch text,
    user_name text,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    duration_us bigint,
    duration_ms double precision,
    period_start timestamp with time zone,
    event_id text,
    identity_hash bigint,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb,
    is_plain boolean DEFAULT false NOT NULL,
    has_duration_us boolean DEFAULT false NOT NULL,
    has_ended_at boolean DEFAULT false NOT NULL,
    from_span boolean DEFAULT false NOT NULL
);

CREATE UNLOGGED TABLE oplatency.staged_rejections (
    run_token uuid NOT NULL,
    row_no bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL
);

CREATE UNLOGGED TABLE oplatency.staged_rows (
    run_token uuid NOT NULL,
    row_no bigint NOT NULL,
    line_no bigint NOT NULL,
    raw text NOT NULL,
    problem text,
    problem_detail text,
    kind text,
    operation text,
    started_at text,
    ended_at text,
    duration_us text,
    duration_ms text,
    period_start text,
    event_id text,
    branch text,
    user_name text,
    session text,
    rows_affected text,
    memory_bytes text,
    cpu_us text,
    metadata text,
    error text,
    record text
);

CREATE UNLOGGED TABLE oplatency.staged_statistics (
    run_token uuid NOT NULL,
    operation text,
    hour_at timestamp with time zone,
    branch text,
    user_name text,
    n_calls bigint NOT NULL,
    n_plain bigint DEFAULT 0 NOT NULL,
    first_row_no bigint NOT NULL,
    newest_at timestamp with time zone,
    least_us bigint,
    most_us bigint
);

CREATE TABLE oplatency.staged_verdicts (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    rule text,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    baseline_as_of timestamp with time zone,
    baseline_id bigint,
    baseline_level text,
    n_calls bigint,
    n_findings bigint,
    outcome text,
    observed double precision,
    expected double precision,
    needed double precision,
    gates jsonb
);

CREATE TABLE oplatency.staged_violations (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    observed_at timestamp with time zone,
    identity_hash bigint,
    duration_us bigint,
    baseline_id bigint,
    limit_us double precision,
    severity text
);

CREATE TABLE oplatency.statement_polls (
    source text NOT NULL,
    server_id text NOT NULL,
    scope_dbid bigint NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    stats_reset timestamp with time zone,
    n_evicted bigint
);

CREATE TABLE oplatency.statement_snapshots (
    source text NOT NULL,
    dbid bigint NOT NULL,
    userid bigint NOT NULL,
    queryid bigint NOT NULL,
    toplevel boolean NOT NULL,
    n_calls bigint NOT NULL,
    total_ms double precision NOT NULL,
    squares_ms2 double precision NOT NULL,
    n_rows bigint NOT NULL,
    stats_since timestamp with time zone,
    taken_at timestamp with time zone NOT NULL,
    CONSTRAINT statement_snapshots_n_calls_ck CHECK ((n_calls >= 0)),
    CONSTRAINT statement_snapshots_squares_ck CHECK (((squares_ms2 >= (0)::double precision) AND (squares_ms2 < 'Infinity'::double precision))),
    CONSTRAINT statement_snapshots_total_ck CHECK (((total_ms >= (0)::double precision) AND (total_ms < 'Infinity'::double precision)))
);

CREATE TABLE oplatency.users (
    user_id integer NOT NULL,
    name text NOT NULL,
    CONSTRAINT users_name_ck CHECK ((btrim(name) <> ''::text))
);
ALTER TABLE oplatency.users ALTER COLUMN user_id ADD GENERATED BY DEFAULT AS IDENTITY;

CREATE TABLE oplatency.verdicts (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    rule text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    baseline_as_of timestamp with time zone,
    baseline_id bigint,
    baseline_level text,
    n_calls bigint NOT NULL,
    n_findings bigint NOT NULL,
    outcome text NOT NULL,
    observed double precision,
    expected double precision,
    needed double precision,
    gates jsonb NOT NULL,
    CONSTRAINT verdicts_baseline_level_ck CHECK ((baseline_level = ANY (ARRAY['branch'::text, 'operation'::text, 'like_operations'::text]))),
    CONSTRAINT verdicts_gates_ck CHECK ((jsonb_typeof(gates) = 'array'::text)),
    CONSTRAINT verdicts_n_calls_ck CHECK ((n_calls >= 0)),
    CONSTRAINT verdicts_n_findings_ck CHECK ((n_findings >= 0)),
    CONSTRAINT verdicts_outcome_ck CHECK ((outcome = ANY (ARRAY['alert'::text, 'finding'::text, 'quiet'::text, 'no_calls'::text, 'not_judged'::text]))),
    CONSTRAINT verdicts_window_ck CHECK ((window_start < window_end))
);

CREATE TABLE oplatency.violations (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    identity_hash bigint NOT NULL,
    duration_us bigint NOT NULL,
    baseline_id bigint NOT NULL,
    limit_us double precision NOT NULL,
    severity text NOT NULL,
    CONSTRAINT violations_severity_ck CHECK ((severity = ANY (ARRAY['NONE'::text, 'INFO'::text, 'WARNING'::text, 'CRITICAL'::text])))
);
ALTER TABLE ONLY oplatency.aggregate_intervals ADD CONSTRAINT aggregate_intervals_pk PRIMARY KEY (source, operation_id, branch_id, interval_end, interval_start);
ALTER TABLE ONLY oplatency.alerts ADD CONSTRAINT alerts_dedupe_key_uq UNIQUE (dedupe_key);
ALTER TABLE ONLY oplatency.alerts ADD CONSTRAINT alerts_pk PRIMARY KEY (alert_id);
ALTER TABLE ONLY oplatency.anomalies ADD CONSTRAINT anomalies_pk PRIMARY KEY (operation_id, branch_id, kind, window_start, observed_at, identity_hash);
ALTER TABLE ONLY oplatency.audit_results ADD CONSTRAINT audit_results_pk PRIMARY KEY (audit_id);
ALTER TABLE ONLY oplatency.backtests ADD CONSTRAINT backtests_pk PRIMARY KEY (window_start, window_end, config_hash, labels_hash, arrivals);
ALTER TABLE ONLY oplatency.baseline_profiles ADD CONSTRAINT baseline_profiles_pk PRIMARY KEY (baseline_id);
ALTER TABLE ONLY oplatency.baselines ADD CONSTRAINT baselines_key_uq UNIQUE (operation_id, branch_id, as_of, config_hash, revision);
ALTER TABLE ONLY oplatency.baselines ADD CONSTRAINT baselines_pk PRIMARY KEY (baseline_id);
ALTER TABLE ONLY oplatency.bootstrap_loads ADD CONSTRAINT bootstrap_loads_pk PRIMARY KEY (is_singleton);
ALTER TABLE ONLY oplatency.branches ADD CONSTRAINT branches_name_uq UNIQUE (name);
ALTER TABLE ONLY oplatency.branches ADD CONSTRAINT branches_pk PRIMARY KEY (branch_id);
ALTER TABLE ONLY oplatency.canary_trials ADD CONSTRAINT canary_trials_pk PRIMARY KEY (as_of, operation_id, rule, slowdown, window_start);
ALTER TABLE ONLY oplatency.configuration_uses ADD CONSTRAINT configuration_uses_pk PRIMARY KEY (use_no);
ALTER TABLE ONLY oplatency.configurations ADD CONSTRAINT configurations_config_no_uq UNIQUE (config_no);
ALTER TABLE ONLY oplatency.configurations ADD CONSTRAINT configurations_pk PRIMARY KEY (config_hash);
ALTER TABLE ONLY oplatency.correlation_groups ADD CONSTRAINT correlation_groups_pk PRIMARY KEY (as_of, group_no);
ALTER TABLE ONLY oplatency.correlations ADD CONSTRAINT correlations_pk PRIMARY KEY (as_of, operation_a_id, operation_b_id);
ALTER TABLE ONLY oplatency.degradations ADD CONSTRAINT degradations_pk PRIMARY KEY (operation_id, branch_id, kind, window_end, window_start);
ALTER TABLE ONLY oplatency.dirty_ranges ADD CONSTRAINT dirty_ranges_pk PRIMARY KEY (operation_id, hour_at, batch_id);
ALTER TABLE ONLY oplatency.excluded_intervals ADD CONSTRAINT excluded_intervals_pk PRIMARY KEY (interval_id);
ALTER TABLE ONLY oplatency.ingest_batches ADD CONSTRAINT ingest_batches_pk PRIMARY KEY (batch_id);
ALTER TABLE ONLY oplatency.ingest_batches ADD CONSTRAINT ingest_batches_run_token_uq UNIQUE (run_token);
ALTER TABLE ONLY oplatency.job_runs ADD CONSTRAINT job_runs_pk PRIMARY KEY (run_token);
ALTER TABLE ONLY oplatency.marks ADD CONSTRAINT marks_key_uq UNIQUE (title, began_at);
ALTER TABLE ONLY oplatency.marks ADD CONSTRAINT marks_pk PRIMARY KEY (mark_id);
ALTER TABLE ONLY oplatency.merges ADD CONSTRAINT merges_identity_uq UNIQUE (identity_hash);
ALTER TABLE ONLY oplatency.merges ADD CONSTRAINT merges_pk PRIMARY KEY (merge_id);
ALTER TABLE ONLY oplatency.metrics ADD CONSTRAINT metrics_identity_uq UNIQUE (operation_id, started_at, identity_hash);
ALTER TABLE ONLY oplatency.operation_changes ADD CONSTRAINT operation_changes_pk PRIMARY KEY (change_no);
ALTER TABLE ONLY oplatency.operation_types ADD CONSTRAINT operation_types_name_uq UNIQUE (name);
ALTER TABLE ONLY oplatency.operation_types ADD CONSTRAINT operation_types_pk PRIMARY KEY (operation_id);
ALTER TABLE ONLY oplatency.polls ADD CONSTRAINT polls_pk PRIMARY KEY (run_token);
ALTER TABLE ONLY oplatency.quarantined_rows ADD CONSTRAINT quarantined_rows_pk PRIMARY KEY (quarantine_id);
ALTER TABLE ONLY oplatency.recording_limits ADD CONSTRAINT recording_limits_pk PRIMARY KEY (operation_id);
ALTER TABLE ONLY oplatency.rules ADD CONSTRAINT rules_pk PRIMARY KEY (rule);
ALTER TABLE ONLY oplatency.rules ADD CONSTRAINT rules_rank_uk UNIQUE (rank);
ALTER TABLE ONLY oplatency.schema_migrations ADD CONSTRAINT schema_migrations_pk PRIMARY KEY (version);
ALTER TABLE ONLY oplatency.source_watermarks ADD CONSTRAINT source_watermarks_pk PRIMARY KEY (source, stream);
ALTER TABLE ONLY oplatency.spans ADD CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id);
ALTER TABLE ONLY oplatency.staged_rejections ADD CONSTRAINT staged_rejections_pk PRIMARY KEY (run_token, row_no);
ALTER TABLE ONLY oplatency.statement_polls ADD CONSTRAINT statement_polls_pk PRIMARY KEY (source);
ALTER TABLE ONLY oplatency.statement_snapshots ADD CONSTRAINT statement_snapshots_pk PRIMARY KEY (source, dbid, userid, queryid, toplevel);
ALTER TABLE ONLY oplatency.users ADD CONSTRAINT users_name_uq UNIQUE (name);
ALTER TABLE ONLY oplatency.users ADD CONSTRAINT users_pk PRIMARY KEY (user_id);
ALTER TABLE ONLY oplatency.verdicts ADD CONSTRAINT verdicts_pk PRIMARY KEY (operation_id, window_end, rule, window_start, branch_id);
ALTER TABLE ONLY oplatency.violations ADD CONSTRAINT violations_pk PRIMARY KEY (operation_id, observed_at, identity_hash);
CREATE INDEX aggregate_intervals_end_ix ON oplatency.aggregate_intervals USING btree (interval_end);
CREATE INDEX alerts_observed_at_ix ON oplatency.alerts USING btree (observed_at);
CREATE INDEX audit_results_run_token_ix ON oplatency.audit_results USING btree (run_token);
CREATE INDEX excluded_intervals_operation_ix ON oplatency.excluded_intervals USING btree (operation_id, to_at);
CREATE INDEX ingest_batches_content_ix ON oplatency.ingest_batches USING btree (source, content_hash);
CREATE INDEX ingest_batches_idempotency_key_ix ON oplatency.ingest_batches USING btree (source, idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX job_runs_window_ix ON oplatency.job_runs USING btree (job, window_start, window_end, scope);
CREATE INDEX metrics_started_at_ix ON ONLY oplatency.metrics USING brin (started_at);
CREATE INDEX operation_changes_operation_ix ON oplatency.operation_changes USING btree (operation_id, setting, change_no);
CREATE INDEX polls_stream_ix ON oplatency.polls USING btree (source, stream);
CREATE INDEX quarantined_rows_batch_id_ix ON oplatency.quarantined_rows USING btree (batch_id);
CREATE UNIQUE INDEX spans_running_uq ON oplatency.spans USING btree (span_id) WHERE ((span_status = 'RUNNING'::text) AND (batch_id < 0));
CREATE INDEX staged_anomalies_run_token_ix ON oplatency.staged_anomalies USING btree (run_token);
CREATE INDEX staged_baselines_run_token_ix ON oplatency.staged_baselines USING btree (run_token);
CREATE INDEX staged_correlation_groups_run_token_ix ON oplatency.staged_correlation_groups USING btree (run_token);
CREATE INDEX staged_correlations_run_token_ix ON oplatency.staged_correlations USING btree (run_token);
CREATE INDEX staged_degradations_run_token_ix ON oplatency.staged_degradations USING btree (run_token);
CREATE INDEX staged_metrics_run_token_ix ON oplatency.staged_metrics USING brin (run_token) WITH (pages_per_range='32');
CREATE INDEX staged_rows_run_token_ix ON oplatency.staged_rows USING brin (run_token) WITH (pages_per_range='32');
CREATE INDEX staged_statistics_run_token_ix ON oplatency.staged_statistics USING btree (run_token);
CREATE INDEX staged_verdicts_run_token_ix ON oplatency.staged_verdicts USING btree (run_token);
CREATE INDEX staged_violations_run_token_ix ON oplatency.staged_violations USING btree (run_token);
CREATE INDEX verdicts_window_end_ix ON oplatency.verdicts USING brin (window_end);
ALTER TABLE ONLY oplatency.aggregate_intervals ADD CONSTRAINT aggregate_intervals_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.aggregate_intervals ADD CONSTRAINT aggregate_intervals_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.alerts ADD CONSTRAINT alerts_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.alerts ADD CONSTRAINT alerts_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.alerts ADD CONSTRAINT alerts_user_id_fk FOREIGN KEY (user_id) REFERENCES oplatency.users(user_id);
ALTER TABLE ONLY oplatency.anomalies ADD CONSTRAINT anomalies_baseline_id_fk FOREIGN KEY (baseline_id) REFERENCES oplatency.baselines(baseline_id);
ALTER TABLE ONLY oplatency.anomalies ADD CONSTRAINT anomalies_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.anomalies ADD CONSTRAINT anomalies_call_branch_id_fk FOREIGN KEY (call_branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.anomalies ADD CONSTRAINT anomalies_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.baseline_profiles ADD CONSTRAINT baseline_profiles_baseline_id_fk FOREIGN KEY (baseline_id) REFERENCES oplatency.baselines(baseline_id);
ALTER TABLE ONLY oplatency.baselines ADD CONSTRAINT baselines_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.baselines ADD CONSTRAINT baselines_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);
ALTER TABLE ONLY oplatency.baselines ADD CONSTRAINT baselines_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.canary_trials ADD CONSTRAINT canary_trials_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.canary_trials ADD CONSTRAINT canary_trials_rule_fk FOREIGN KEY (rule) REFERENCES oplatency.rules(rule);
ALTER TABLE ONLY oplatency.configuration_uses ADD CONSTRAINT configuration_uses_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);
ALTER TABLE ONLY oplatency.correlations ADD CONSTRAINT correlations_operation_a_id_fk FOREIGN KEY (operation_a_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.correlations ADD CONSTRAINT correlations_operation_b_id_fk FOREIGN KEY (operation_b_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.degradations ADD CONSTRAINT degradations_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.degradations ADD CONSTRAINT degradations_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.excluded_intervals ADD CONSTRAINT excluded_intervals_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.excluded_intervals ADD CONSTRAINT excluded_intervals_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.ingest_batches ADD CONSTRAINT ingest_batches_redrive_of_fk FOREIGN KEY (retry_of) REFERENCES oplatency.ingest_batches(batch_id);
ALTER TABLE ONLY oplatency.job_runs ADD CONSTRAINT job_runs_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);
ALTER TABLE ONLY oplatency.merges ADD CONSTRAINT merges_source_branch_id_fk FOREIGN KEY (source_branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.merges ADD CONSTRAINT merges_target_branch_id_fk FOREIGN KEY (target_branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.merges ADD CONSTRAINT merges_user_id_fk FOREIGN KEY (user_id) REFERENCES oplatency.users(user_id);
ALTER TABLE ONLY oplatency.operation_changes ADD CONSTRAINT operation_changes_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);
ALTER TABLE ONLY oplatency.operation_changes ADD CONSTRAINT operation_changes_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.polls ADD CONSTRAINT polls_run_token_fk FOREIGN KEY (run_token) REFERENCES oplatency.ingest_batches(run_token);
ALTER TABLE ONLY oplatency.quarantined_rows ADD CONSTRAINT quarantined_rows_batch_id_fk FOREIGN KEY (batch_id) REFERENCES oplatency.ingest_batches(batch_id);
ALTER TABLE ONLY oplatency.quarantined_rows ADD CONSTRAINT quarantined_rows_redrive_batch_id_fk FOREIGN KEY (retry_batch_id) REFERENCES oplatency.ingest_batches(batch_id);
ALTER TABLE ONLY oplatency.quarantined_rows ADD CONSTRAINT quarantined_rows_released_batch_id_fk FOREIGN KEY (released_batch_id) REFERENCES oplatency.ingest_batches(batch_id);
ALTER TABLE ONLY oplatency.spans ADD CONSTRAINT spans_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.spans ADD CONSTRAINT spans_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.spans ADD CONSTRAINT spans_user_id_fk FOREIGN KEY (user_id) REFERENCES oplatency.users(user_id);
ALTER TABLE ONLY oplatency.statement_snapshots ADD CONSTRAINT statement_snapshots_source_fk FOREIGN KEY (source) REFERENCES oplatency.statement_polls(source);
ALTER TABLE ONLY oplatency.verdicts ADD CONSTRAINT verdicts_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.verdicts ADD CONSTRAINT verdicts_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
ALTER TABLE ONLY oplatency.verdicts ADD CONSTRAINT verdicts_rule_fk FOREIGN KEY (rule) REFERENCES oplatency.rules(rule);
ALTER TABLE ONLY oplatency.violations ADD CONSTRAINT violations_baseline_id_fk FOREIGN KEY (baseline_id) REFERENCES oplatency.baselines(baseline_id);
ALTER TABLE ONLY oplatency.violations ADD CONSTRAINT violations_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);
ALTER TABLE ONLY oplatency.violations ADD CONSTRAINT violations_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);
