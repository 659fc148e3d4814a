-- Whose component an item is, so that it is one only under that story: before, it stayed one wherever it was brought.
ALTER TABLE item ADD COLUMN component_of INT REFERENCES item (id);
UPDATE item SET component_of = parent WHERE component AND EXISTS (
    SELECT 1 FROM event WHERE event.kind = 'story.split' AND event.subject = 'item:' || item.parent);
ALTER TABLE item DROP COLUMN component;
