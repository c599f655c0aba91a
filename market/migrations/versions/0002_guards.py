"""What tables alone cannot promise: append-only trails, balanced entries, Thai search.

Thai trigrams need LC_CTYPE C.UTF-8; /readyz checks it.
"""

from __future__ import annotations

from alembic import op

revision = "0002_guards"
down_revision = "0001_tables"

# As market.thai.fold: letters that sound alike, and what people leave out when they type.
# A space between Thai letters parts names here; what is typed has none.
FOLD_FROM = "ศษณฬญฎฏฐฑฒธภฆใ\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e47\u0e30\u0e31.,''\"()/-"
FOLD_TO = "สสนลยดตถทททพคไ"
APPEND_ONLY = ("audit_event", "ledger_entry", "paper", "posting")
SEARCHED = ("product", "producer_group", "tambon")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table in SEARCHED:
        op.execute(f"CREATE INDEX ix_{table}_search ON {table} USING gin (search gin_trgm_ops)")
    for column in ("names", "text"):
        op.execute(
            f"CREATE INDEX ix_search_entry_{column} ON search_entry"
            f" USING gin ({column} gin_trgm_ops)"
        )
    op.execute(
        "CREATE FUNCTION fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$"
        " SELECT translate(regexp_replace(lower($1),"
        f" '(?<=[\u0e01-\u0e4e]) (?=[\u0e01-\u0e4e])', '|', 'g'), '{FOLD_FROM}', '{FOLD_TO}') $$"
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: add a correcting row instead', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    # Deferred: the legs of an entry arrive one by one, the sum is looked at before the commit.
    op.execute(
        """
        CREATE FUNCTION entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT sum(amount_satang) FROM posting WHERE entry_id = NEW.entry_id) <> 0 THEN
                RAISE EXCEPTION 'ledger entry % does not balance', NEW.entry_id
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON posting"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entry_balances()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER posting_balances ON posting")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION entry_balances()")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP FUNCTION fold(text)")
    for table in SEARCHED:
        op.execute(f"DROP INDEX ix_{table}_search")
