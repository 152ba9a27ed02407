-- A jar that was found in a plugin folder. Results and levels of proof hang on its SHA-256, so a rebuilt jar starts unproven.
create table plugin_jar (
    sha256        text primary key,
    plugin_id     text not null,
    version       text not null,
    source        text not null check (source in ('local', 'published')),
    title         text not null,
    family        text not null,
    kind          text not null,
    fidelity      text not null,
    year          integer not null,
    arxiv         text not null,
    summary       text not null,
    modes         varchar[] not null,
    backends      varchar[] not null,
    spi           text not null,
    requires      text not null,
    size          bigint not null,
    path          text not null,
    present       boolean not null,
    latest        boolean not null,
    metadata      text not null,
    card          text not null,
    levels        text not null,
    catalogued_at timestamptz not null,
    unique (plugin_id, version)
);
create index plugin_jar_latest on plugin_jar (plugin_id) where latest;

create table token (
    id           uuid primary key,
    name         text not null,
    digest       text not null unique,
    scopes       varchar[] not null,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    last_used_at timestamptz
);

create table session_code (
    digest     text primary key,
    token_id   uuid not null references token on delete cascade,
    expires_at timestamptz not null
);

create table session (
    digest     text primary key,
    token_id   uuid not null references token on delete cascade,
    expires_at timestamptz not null
);

create sequence fencing;

create table job (
    id               uuid primary key,
    kind             text not null,
    state            text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    spec             text not null,
    limits           text not null,
    plugins          varchar[] not null,
    jars             text not null,
    progress         double precision not null,
    message          text not null,
    attempt          integer not null,
    max_attempts     integer not null,
    fencing          bigint not null,
    runner           text not null,
    host             text not null,
    cancel_requested boolean not null,
    lease_until      timestamptz,
    created_at       timestamptz not null,
    started_at       timestamptz,
    finished_at      timestamptz,
    result           text,
    problem          text
);
create index job_open on job (created_at) where state in ('queued', 'running');
create index job_by_kind on job (kind, created_at desc);
create index job_by_plugin on job using gin (plugins);

create table job_log (
    job_id uuid not null references job on delete cascade,
    line   bigint not null,
    at     timestamptz not null,
    text   text not null,
    primary key (job_id, line)
);

create table job_file (
    job_id uuid not null references job on delete cascade,
    name   text not null,
    sha256 text not null,
    size   bigint not null,
    primary key (job_id, name)
);

create table measurement (
    id          uuid primary key,
    job_id      uuid not null references job on delete cascade,
    sha256      text not null references plugin_jar,
    unit        text not null,
    pass        text not null,
    backend     text not null,
    environment text not null,
    result      text not null,
    measured_at timestamptz not null
);
create index measurement_by_jar on measurement (sha256, measured_at desc);

create table verification (
    id          uuid primary key,
    job_id      uuid not null references job on delete cascade,
    sha256      text not null references plugin_jar,
    entry       text not null,
    verified_at timestamptz not null
);
create index verification_by_jar on verification (sha256, verified_at desc);

-- One row a question: the key is the digest of jar, provider, length, seed and configuration.
create table matrix (
    key      text primary key,
    job_id   uuid not null references job on delete cascade,
    document text not null,
    png      text not null
);

create table runner (
    name         text primary key,
    host         text not null,
    cores        integer not null,
    backends     varchar[] not null,
    last_seen_at timestamptz not null
);

-- Facts of the installation, such as that the first comparison was asked for.
create table installation (
    name  text primary key,
    value text not null
);

-- db-scheduler's own table, as its version 16 documents it.
create table scheduled_tasks (
    task_name            text not null,
    task_instance        text not null,
    task_data            bytea,
    execution_time       timestamptz not null,
    picked               boolean not null,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures integer,
    last_heartbeat       timestamptz,
    version              bigint not null,
    priority             smallint,
    primary key (task_name, task_instance)
);
create index scheduled_tasks_execution_time on scheduled_tasks (execution_time);
create index scheduled_tasks_last_heartbeat on scheduled_tasks (last_heartbeat);
create index scheduled_tasks_priority_execution_time on scheduled_tasks (priority desc, execution_time asc);
