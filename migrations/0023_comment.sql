CREATE TABLE comment (
    id         ID,
    item       INT NOT NULL REFERENCES item (id),
    author     TEXT NOT NULL,
    body       TEXT NOT NULL,            -- Markdown as written; empty once deleted
    at         INT NOT NULL,
    edited_at  INT,
    deleted_at INT,
    version    INT NOT NULL
);
CREATE INDEX comment_item ON comment (item, id);

-- Who was named in a comment with @ and their address.
CREATE TABLE mention (
    comment INT NOT NULL REFERENCES comment (id),
    user_id TEXT NOT NULL,
    PRIMARY KEY (comment, user_id)
) WITHOUT ROWID;
CREATE INDEX mention_user ON mention (user_id, comment);

CREATE TABLE reaction (
    comment INT NOT NULL REFERENCES comment (id),
    user_id TEXT NOT NULL,
    word    TEXT NOT NULL,               -- agree, disagree, thanks, celebrate, look, puzzled
    PRIMARY KEY (comment, user_id, word)
) WITHOUT ROWID;
