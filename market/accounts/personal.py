"""What accounts keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Hold, Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "account",
            _("Account"),
            "SELECT name, email, us_phone_number AS phone, language, created_at, confirmed_at"
            ' FROM "user" WHERE id = :user_id',
        ),
        Told(
            "sign_in",
            _("Ways to sign in from elsewhere"),
            "SELECT provider, subject, display_name, linked_at FROM identity"
            " WHERE user_id = :user_id ORDER BY id",
        ),
        Told(
            "roles",
            _("Roles"),
            "SELECT g.role, g.area_code, p.name_th AS group_name FROM grant_ g"
            " LEFT JOIN producer_group p ON p.id = g.group_id"
            " WHERE g.user_id = :user_id ORDER BY g.id",
        ),
        Told(
            "buyers",
            _("Contacts given when ordering"),
            "SELECT name, phone, email, created_at FROM buyer WHERE id IN (TABLE my_buyers)"
            " ORDER BY id",
        ),
        Told(
            "consents",
            _("Consents"),
            "SELECT kind, given, words_version, place, at FROM consent_event"
            " WHERE user_id = :user_id ORDER BY id",
        ),
        Told(
            "links",
            _("Links sent to you"),
            "SELECT purpose, created_at, expires_at, revoked_at FROM signed_link"
            " WHERE user_id = :user_id OR order_id IN (TABLE my_orders) ORDER BY id",
        ),
        Told(
            "trail",
            _("What you did here"),
            "SELECT at, subject, event, from_state, to_state, reason FROM audit_event"
            " WHERE actor = 'user:' || :user_id ORDER BY id",
        ),
    ),
    forgets=(
        "DELETE FROM identity WHERE user_id = :user_id",
        "UPDATE signed_link SET revoked_at = :now WHERE revoked_at IS NULL"
        " AND (user_id = :user_id OR order_id IN (TABLE my_orders))",
        "UPDATE buyer SET name = '–', phone = NULL, email = NULL, forgotten_at = :now"
        " WHERE id IN (TABLE my_buyers) AND forgotten_at IS NULL",
        # The new secret of the sessions ends them all.
        """UPDATE "user" SET name = '–', email = NULL, username = NULL,
            us_phone_number = NULL, password = NULL, active = false, confirmed_at = NULL,
            us_totp_secrets = NULL, tf_primary_method = NULL, tf_totp_secret = NULL,
            tf_phone_number = NULL, mf_recovery_codes = NULL, deleted_at = :now,
            fs_uniquifier = 'gone:' || gen_random_uuid()
            WHERE id = :user_id AND deleted_at IS NULL""",
    ),
    holds=(Hold("leaving_has_work", "SELECT count(*) FROM grant_ WHERE user_id = :user_id"),),
    keeps={
        "user": "stays as a number, without anything of the person",
        "identity": "deleted",
        "buyer": "stays as a number, so that orders and books stay whole",
        "signed_link": "revoked; holds a hash only",
        "consent_event": "stays: what was agreed to, and when, by a number",
        "account_deletion": "stays: dates by a number",
        "data_export": "its file is deleted; dates stay",
        "audit_event": "names people by number",
        "grant_": "must be gone before",
        "stored_file": "bytes by hash; owners by number",
    },
)
