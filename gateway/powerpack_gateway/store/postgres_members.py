"""The board's tables and functions: who lives, and who holds what. ``fleet/board.py`` has the rules."""

from powerpack_gateway.store.postgres_errors import FENCED

MEMBERS = f"""
CREATE TABLE powerpack.member (gateway_id text PRIMARY KEY, address text NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY, expires_at timestamptz NOT NULL);
CREATE TABLE powerpack.lease (name text PRIMARY KEY, token bigint NOT NULL DEFAULT 1,
    holder text REFERENCES powerpack.member ON DELETE SET NULL);
CREATE INDEX lease_by_holder ON powerpack.lease (holder);

-- Held until the caller's transaction ends: a burial waits, a renewal does not.
CREATE FUNCTION powerpack.must_live(me text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM powerpack.member WHERE gateway_id = me FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'gateway % was taken for dead', me USING ERRCODE = '{FENCED}';
    END IF;
END $$;

-- Whoever is in the middle of a commit is buried next time.
CREATE FUNCTION powerpack.renew(me text, life_s float8, bury boolean) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    UPDATE powerpack.member SET expires_at = clock_timestamp() + make_interval(secs => life_s) WHERE gateway_id = me;
    PERFORM powerpack.must_live(me);
    IF bury THEN
        DELETE FROM powerpack.member WHERE gateway_id IN (SELECT gateway_id FROM powerpack.member
            WHERE expires_at < clock_timestamp() FOR UPDATE SKIP LOCKED);
    END IF;
    RETURN json_build_object(
        'members', (SELECT coalesce(json_agg(json_build_array(gateway_id, address) ORDER BY place), '[]')
            FROM powerpack.member),
        'leases', (SELECT coalesce(json_agg(json_build_array(name, holder, token)), '[]')
            FROM powerpack.lease WHERE holder IS NOT NULL),
        'unheld', (SELECT coalesce(json_agg(name), '[]') FROM powerpack.lease WHERE holder IS NULL));
END $$;

-- In the order of names, so that two who want the same ones wait for each other and do not deadlock.
CREATE FUNCTION powerpack.acquire(me text, names text[]) RETURNS SETOF powerpack.lease LANGUAGE plpgsql AS $$
BEGIN
    PERFORM powerpack.must_live(me);
    INSERT INTO powerpack.lease AS l (name, holder) SELECT DISTINCT n, me FROM unnest(names) AS n ORDER BY n
        ON CONFLICT (name) DO UPDATE SET holder = me, token = l.token + 1 WHERE l.holder IS NULL;
    RETURN QUERY SELECT * FROM powerpack.lease WHERE name = ANY (names) AND holder = me;
END $$;

CREATE FUNCTION powerpack.release(me text, names text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM powerpack.must_live(me);
    UPDATE powerpack.lease SET holder = NULL WHERE name = ANY (names) AND holder = me;
END $$;

-- From a row and not a sequence, which gives one number at a time; and beyond what a gateway on its own used.
CREATE FUNCTION powerpack.next_ids(me text, how_many bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    PERFORM powerpack.must_live(me);
    UPDATE powerpack.about SET last_message_id = how_many + greatest(last_message_id,
        (SELECT max(id) FROM powerpack.message), (SELECT max(id) FROM powerpack.live))
        RETURNING last_message_id INTO last;
    RETURN last - how_many + 1;
END $$;

-- Asked twice for the same batch, since its first answer was lost, it gives the same messages.
CREATE FUNCTION powerpack.claim(me text, names text[], how_many integer, batch text) RETURNS SETOF powerpack.live
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(me, 0));
    PERFORM powerpack.must_live(me);
    RETURN QUERY SELECT * FROM powerpack.live WHERE claimed_in = batch;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM 1 FROM powerpack.lease WHERE name = ANY (names) AND holder = me FOR SHARE;
    RETURN QUERY UPDATE powerpack.live AS m SET is_claimed = true, claimed_in = batch FROM (
        SELECT id FROM powerpack.live WHERE NOT is_claimed AND lease IN (
            SELECT name FROM powerpack.lease WHERE name = ANY (names) AND holder = me)
        ORDER BY id LIMIT how_many FOR UPDATE SKIP LOCKED) AS taken WHERE m.id = taken.id RETURNING m.*;
END $$;

-- Marks of deleted documents are kept for as long as a gateway may have been away; see ``FeedGone``.
CREATE FUNCTION powerpack.forget_deleted(kept_s float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
BEGIN
    WITH gone AS (DELETE FROM powerpack.document WHERE json IS NULL
        AND changed_at < clock_timestamp() - make_interval(secs => kept_s) RETURNING version)
        SELECT max(version) INTO last FROM gone;
    IF last IS NOT NULL THEN
        UPDATE powerpack.about SET forgotten_version = greatest(forgotten_version, last);
    END IF;
END $$;
"""
