-- What was stored as a sentence is stored as an id; sentences are its description and can be reworded freely.
alter table oplatency.audit_results add column description text not null default '';
alter table oplatency.audit_results alter column description drop default;
comment on column oplatency.audit_results.expectation is 'Id of what was expected: the table and a name, as docs/quality.md lists them.';
comment on column oplatency.audit_results.description is 'What was expected, in words, as they were then.';
