-- A session takes the whole table of contents for itself, as a careless migration does.
begin;
lock table contents in access exclusive mode;
