-- Distances between words, for words that are spelt almost right.
create extension if not exists fuzzystrmatch;

-- What a search looks through, in the order of its weight: name and title, summary and paper, the rest of the card without YAML's keys.
alter table plugin_jar add column search tsvector not null generated always as (
    setweight(to_tsvector('english', plugin_id || ' ' || replace(plugin_id, '-', ' ') || ' ' || title), 'A')
    || setweight(to_tsvector('english', summary || ' ' || replace(family, '-', ' ') || ' ' || kind || ' ' || arxiv), 'B')
    || setweight(to_tsvector('english', left(regexp_replace(card, '\m[a-z]+:', ' ', 'g'), 200000)), 'C')
) stored;
create index plugin_jar_search on plugin_jar using gin (search) where latest;
