-- Where weights come from. One file has one lineage: what it was made with stays true however often it is handed in.
alter table weights
    add column owner      text not null default '',
    add column plugin     text not null default '',
    add column version    text not null default '',
    add column task       text not null default '',
    add column recipe     text not null default '',
    add column seed       bigint,
    add column metrics    text not null default '{}',
    add column parent     text not null default '',
    add column official   boolean not null default false,
    add column tensors    integer not null default 0,
    add column parameters bigint not null default 0;
create index weights_by_plugin on weights (plugin, created_at desc);
create index weights_by_parent on weights (parent) where parent <> '';

-- A file on its way. Its parts are files of the store, so that the next part may come to another service.
create table weights_upload (
    id         uuid primary key,
    sha256     text not null,
    size       bigint not null,
    owner      text not null,
    lineage    text not null,
    received   bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    unique (sha256, owner)
);

create table weights_part (
    upload_id uuid not null references weights_upload on delete cascade,
    start     bigint not null,
    size      bigint not null,
    sha256    text not null,
    primary key (upload_id, start)
);
create index weights_part_by_digest on weights_part (sha256);
