-- What was asked, as columns: a recommendation looks for the answers to one question among all measurements.
alter table measurement
    add column subject        text,
    add column implementation text,
    add column dtype          text,
    add column batch          integer,
    add column length         integer,
    add column dim            integer,
    add column heads          integer,
    add column requested      text;

-- The database cannot take a JSON text with an escaped zero apart, and such a row answers no question.
update measurement
   set subject        = result::json ->> 'id',
       implementation = result::json ->> 'implementation',
       dtype          = result::json ->> 'dtype',
       batch          = (result::json ->> 'batch')::integer,
       length         = (result::json ->> 'length')::integer,
       dim            = (result::json ->> 'dim')::integer,
       heads          = (result::json ->> 'heads')::integer
 where position('\u0000' in result) = 0;

update measurement
   set requested = job.spec::json ->> 'backend'
  from job
 where job.id = measurement.job_id
   and position('\u0000' in job.spec) = 0;

create index measurement_by_question on measurement (length, dim, heads, pass);
create index measurement_newest on measurement (measured_at desc);
