-- Who asked for a job or a deployment; empty where the registry did itself, or a service that wrote no owner down.
alter table job add column owner text not null default '';
alter table deployment add column owner text not null default '';

-- The audit log knows who asked for what is still open.
update job set owner = asked.actor
    from audit_entry asked
    where job.state in ('queued', 'running')
    and asked.action = 'job.create' and asked.subject = 'job ' || job.id and asked.actor <> 'registry';
update deployment set owner = asked.actor
    from audit_entry asked
    where asked.sequence = (select max(put.sequence) from audit_entry put
        where put.action = 'deployment.put' and put.subject = deployment.name);
