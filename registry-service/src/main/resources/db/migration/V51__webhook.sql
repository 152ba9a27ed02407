-- The secret is the key of the signatures, so it is kept as it is; it is shown once, when the webhook is made.
create table webhook (
    id         uuid primary key,
    url        text not null,
    name       text not null,
    events     varchar[] not null,
    secret     text not null,
    created_by text not null,
    created_at timestamptz not null
);

-- Written in the transaction of the change that it tells of, so that no event is lost and none is made up.
create table webhook_delivery (
    id          uuid primary key,
    webhook_id  uuid not null references webhook on delete cascade,
    event       text not null,
    payload     text not null,
    state       text not null check (state in ('pending', 'delivered', 'failed')),
    attempts    integer not null,
    created_at  timestamptz not null,
    next_at     timestamptz,
    finished_at timestamptz,
    status      integer,
    problem     text not null,
    millis      bigint
);
create index webhook_delivery_due on webhook_delivery (next_at) where state = 'pending';
create index webhook_delivery_by_hook on webhook_delivery (webhook_id, created_at desc);
