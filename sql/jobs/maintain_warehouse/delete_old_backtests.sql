-- Replays of history beyond their retention.
-- Grain: none. Window: replayed before before_at. Re-run: nothing left.
delete from oplatency.backtests
where replayed_at < %(before_at)s;
