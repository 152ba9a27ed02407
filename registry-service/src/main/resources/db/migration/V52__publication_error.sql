-- A publication that no runner could verify, for reasons that say nothing about it: it is tried again.
alter table publication drop constraint publication_state_check;
alter table publication add constraint publication_state_check
    check (state in ('verifying', 'error', 'published', 'rejected', 'deleted'));
alter table publication add column next_try timestamptz;
drop index publication_open;
create index publication_open on publication (uploaded_at) where state in ('verifying', 'error');
