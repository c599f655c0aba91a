"""What tables alone cannot promise: append-only trails, balanced entries, Thai search.

Thai trigrams need LC_CTYPE C.UTF-8; /readyz checks it.
"""

from __future__ import annotations

from alembic import op

revision = "0002_guards"
down_revision = "0001_tables"

APPEND_ONLY = ("audit_event", "ledger_entry", "posting")
SEARCHED = ("product", "producer_group", "tambon")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for table in SEARCHED:
        op.execute(f"CREATE INDEX ix_{table}_search ON {table} USING gin (search gin_trgm_ops)")
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
    for table in SEARCHED:
        op.execute(f"DROP INDEX ix_{table}_search")
