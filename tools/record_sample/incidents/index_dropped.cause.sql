-- Finding the versions of one object now means reading all of them.
drop index object_versions_object_idx;
