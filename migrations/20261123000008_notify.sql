-- Who hears of what, and how: choices of letters and pushes, daily letters, and the browsers that pushes go to.

ALTER TABLE platform_keys
    DROP CONSTRAINT platform_keys_purpose_check,
    ADD CONSTRAINT platform_keys_purpose_check CHECK (purpose IN ('access_token', 'receipts', 'push', 'unsubscribe'));
COMMENT ON COLUMN platform_keys.purpose IS 'access_token and unsubscribe (Ed25519), receipts and push (P-256): a key signs one kind of thing';

ALTER TABLE colleges ADD COLUMN time_zone text NOT NULL DEFAULT 'Asia/Kolkata';
COMMENT ON COLUMN colleges.time_zone IS 'IANA name: when it is night and morning for members who named no zone of their own';

-- What was written before this migration is never mailed.
ALTER TABLE notifications ADD COLUMN mail text NOT NULL DEFAULT 'off' CHECK (mail IN ('at_once', 'digest', 'sent', 'off'));
COMMENT ON COLUMN notifications.mail IS 'at_once: its letter was enqueued with it; digest: waits for the daily letter; sent: was in one; off: in the app only';
CREATE INDEX notifications_for_digest ON notifications (college_id, member_id) WHERE mail = 'digest';

CREATE TABLE notification_choices (
    college_id uuid NOT NULL REFERENCES colleges (id),
    member_id  uuid NOT NULL,
    topic      text NOT NULL,
    mail       text NOT NULL CHECK (mail IN ('at_once', 'digest', 'off')),
    push       boolean NOT NULL,
    PRIMARY KEY (college_id, member_id, topic),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE notification_choices IS 'What a member chose; where there is no row, the default of the topic holds';
COMMENT ON COLUMN notification_choices.college_id IS 'The college of the member';
COMMENT ON COLUMN notification_choices.member_id IS 'Who chose';
COMMENT ON COLUMN notification_choices.topic IS 'Word of domain::notice::Topic';
COMMENT ON COLUMN notification_choices.mail IS 'By a letter at once, in the daily letter, or not by letter';
COMMENT ON COLUMN notification_choices.push IS 'Whether browsers are told too';

CREATE TABLE notification_times (
    college_id  uuid NOT NULL REFERENCES colleges (id),
    member_id   uuid NOT NULL,
    time_zone   text,
    quiet_from  time,
    quiet_until time,
    digest_hour smallint NOT NULL DEFAULT 7 CHECK (digest_hour BETWEEN 0 AND 23),
    digested_on date,
    PRIMARY KEY (college_id, member_id),
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE notification_times IS 'When a member is told; where there is no row, the defaults hold';
COMMENT ON COLUMN notification_times.college_id IS 'The college of the member';
COMMENT ON COLUMN notification_times.member_id IS 'Whose times they are';
COMMENT ON COLUMN notification_times.time_zone IS 'IANA name; null: the college''s';
COMMENT ON COLUMN notification_times.quiet_from IS 'From here on pushes wait; null: they never do';
COMMENT ON COLUMN notification_times.quiet_until IS 'Until here, past midnight where it is before quiet_from';
COMMENT ON COLUMN notification_times.digest_hour IS 'The hour of the member''s day from which the daily letter goes';
COMMENT ON COLUMN notification_times.digested_on IS 'The member''s day of the last daily letter: the guard that lets one go a day';

CREATE TABLE push_subscriptions (
    college_id uuid NOT NULL REFERENCES colleges (id),
    id         uuid NOT NULL,
    member_id  uuid NOT NULL,
    session_id uuid NOT NULL,
    endpoint   text NOT NULL,
    p256dh     bytea NOT NULL CHECK (length(p256dh) = 65),
    auth       bytea NOT NULL CHECK (length(auth) = 16),
    device     text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (college_id, id),
    UNIQUE (college_id, endpoint),
    FOREIGN KEY (college_id, member_id) REFERENCES members (college_id, id) ON DELETE CASCADE,
    FOREIGN KEY (college_id, session_id) REFERENCES sessions (college_id, id) ON DELETE CASCADE
);
CREATE INDEX push_subscriptions_by_member ON push_subscriptions (college_id, member_id, id DESC);
COMMENT ON TABLE push_subscriptions IS 'Browsers that asked for pushes (RFC 8030); they hear nothing once the session they asked in has ended';
COMMENT ON COLUMN push_subscriptions.college_id IS 'The college of the member';
COMMENT ON COLUMN push_subscriptions.id IS 'Its name in the API';
COMMENT ON COLUMN push_subscriptions.member_id IS 'Who is told';
COMMENT ON COLUMN push_subscriptions.session_id IS 'The log-in on that browser';
COMMENT ON COLUMN push_subscriptions.endpoint IS 'The push service''s address for this browser';
COMMENT ON COLUMN push_subscriptions.p256dh IS 'The browser''s public key, uncompressed point (RFC 8291 §2.1)';
COMMENT ON COLUMN push_subscriptions.auth IS 'The secret it shares with the hub (RFC 8291 §2.2)';
COMMENT ON COLUMN push_subscriptions.device IS 'Browser and system in words, for its owner';
COMMENT ON COLUMN push_subscriptions.created_at IS 'When it was made, or last renewed';

GRANT SELECT, INSERT, UPDATE, DELETE ON notification_choices, notification_times, push_subscriptions TO hub_app;

DO $$
DECLARE tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['notification_choices', 'notification_times', 'push_subscriptions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format(
            'CREATE POLICY one_college ON %I USING (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)
             WITH CHECK (college_id = nullif(current_setting(''hub.college_id'', true), '''')::uuid)', tenant_table);
    END LOOP;
END $$;
