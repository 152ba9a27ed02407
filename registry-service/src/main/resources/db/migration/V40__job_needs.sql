-- What a job needs of a runner's machine: a backend or one of its kinds, tensors and heap in bytes; nothing in particular when empty or 0.
alter table job
    add column backend      text not null default '',
    add column memory_bytes bigint not null default 0,
    add column heap_bytes   bigint not null default 0;

-- What a runner's machine gives a job; 0 where an older runner does not say.
alter table runner
    add column memory_bytes bigint not null default 0,
    add column heap_bytes   bigint not null default 0;
