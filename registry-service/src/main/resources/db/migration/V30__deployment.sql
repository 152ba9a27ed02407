-- What is served, and which runner holds it. A change of what is wanted is a new generation.
create table deployment (
    name        text primary key,
    generation  bigint not null,
    plugin      text not null,
    version     text not null,
    sha256      text not null references plugin_jar,
    spec        text not null,
    jars        text not null,
    secret      text not null,
    state       text not null check (state in ('starting', 'ready', 'failed', 'stopping')),
    reason      text not null,
    restarts    integer not null,
    runner      text not null,
    address     text not null,
    port        integer not null,
    model       text,
    lease_until timestamptz,
    created_at  timestamptz not null,
    changed_at  timestamptz not null,
    ready_at    timestamptz
);
create sequence deployment_generation;

-- Weights that were handed in, by their SHA-256; the bytes are in the artifact store.
create table weights (
    sha256     text primary key,
    size       bigint not null,
    metadata   text not null,
    created_at timestamptz not null
);
