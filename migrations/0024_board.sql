-- What a project says about the column of a status on its board; a status without a row has no limit and no policy.
CREATE TABLE board_column (
    status INT PRIMARY KEY REFERENCES status (id),
    most   INT,                          -- items that may be in it at once; none: as many as there are
    policy TEXT NOT NULL                 -- what people agreed about the step; empty: nothing
);
