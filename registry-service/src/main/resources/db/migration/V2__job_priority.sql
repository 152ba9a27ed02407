-- 0: someone asked for the job; below 0: the registry did, and it makes way for all others.
alter table job add column priority integer not null default 0;
