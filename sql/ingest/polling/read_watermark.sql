-- How far a stream was read.
-- Grain: one row; null = not at all. Window: none. Re-run: reads only.
select max(watermark_at) as watermark_at
from oplatency.source_watermarks
where source = %(source)s and stream = %(stream)s;
