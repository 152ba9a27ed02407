-- Who holds a token; empty in tokens of an older service, which belong to their name.
alter table token add column owner text not null default '';
update token set owner = name;

-- An upload is a jar that is being verified, a hidden one was rejected or deleted; nobody sees either in the catalogue.
alter table plugin_jar drop constraint plugin_jar_source_check;
alter table plugin_jar add constraint plugin_jar_source_check check (source in ('local', 'published', 'upload', 'hidden'));
-- Whether the plugin folders' choice for its id is this jar; it is the latest version where nothing is published.
alter table plugin_jar add column winner boolean not null default false;
update plugin_jar set winner = latest;

create table publisher_key (
    id             uuid primary key,
    owner          text not null,
    name           text not null,
    fingerprint    text not null unique,
    public_key     text not null,
    created_at     timestamptz not null,
    revoked_at     timestamptz,
    revoked_reason text not null default ''
);
create index publisher_key_by_owner on publisher_key (owner);

-- One row an upload that passed the checks. A published version never changes its bytes, and a deleted one never comes back.
create table publication (
    id           uuid primary key,
    plugin_id    text not null,
    version      text not null,
    sha256       text not null references plugin_jar,
    sha512       text not null,
    size         bigint not null,
    state        text not null check (state in ('verifying', 'published', 'rejected', 'deleted')),
    publisher    text not null,
    key_id       uuid not null references publisher_key,
    signature    text not null,
    license      text not null,
    requires     text not null,
    provider     text not null,
    dependencies text not null,
    job_id       uuid not null,
    attempts     integer not null,
    problem      text,
    yanked       boolean not null default false,
    yank_reason  text not null default '',
    deprecation  text not null default '',
    tags         varchar[] not null default '{}',
    downloads    bigint not null default 0,
    uploaded_at  timestamptz not null,
    decided_at   timestamptz
);
create unique index publication_of_version on publication (plugin_id, version) where state <> 'rejected';
create unique index publication_of_jar on publication (sha256) where state <> 'rejected';
create index publication_open on publication (uploaded_at) where state = 'verifying';

create table maintainer (
    plugin_id text not null,
    owner     text not null,
    role      text not null check (role in ('owner', 'maintainer')),
    added_at  timestamptz not null,
    primary key (plugin_id, owner)
);

create table alias (
    plugin_id  text not null,
    name       text not null,
    version    text not null,
    changed_at timestamptz not null,
    primary key (plugin_id, name)
);

-- Written before a file goes into the store and deleted with the transaction that refers to it: what is left over is an orphan.
create table artifact_pending (
    sha256 text primary key,
    since  timestamptz not null
);

create table audit_entry (
    sequence bigint primary key,
    at       timestamptz not null,
    actor    text not null,
    token    text not null,
    action   text not null,
    subject  text not null,
    before   text not null,
    after    text not null,
    detail   text not null,
    trace    text not null,
    previous text not null,
    hash     text not null unique
);
create index audit_entry_by_subject on audit_entry (subject);
create index audit_entry_by_actor on audit_entry (actor);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only';
end $$;
create trigger audit_entry_stays before update or delete on audit_entry for each row execute function refuse_change();
create trigger audit_log_stays before truncate on audit_entry for each statement execute function refuse_change();
