-- Finds the few titles among many that hold a part, wherever it begins.
CREATE TEXT INDEX item_text ON item (folded);
