-- An attempt that found nobody there: tried again, and not counted against the app.
ALTER TABLE attempt DROP CONSTRAINT attempt_outcome_check;
ALTER TABLE attempt ADD CONSTRAINT attempt_outcome_check CHECK (outcome IN ('answered', 'crashed', 'timed_out',
    'out_of_memory', 'too_much_output', 'refused', 'lost', 'images_removed', 'not_now'));
