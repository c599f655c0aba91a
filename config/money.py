"""Who is paid and through whom: PromptPay, Stripe, the bank's files."""

import re
from collections.abc import Mapping

from config.values import ConfigError, given, needed, one_of

# A number that cannot be paid to: nobody's PromptPay, for development only.
SAMPLE_PROMPTPAY_ID = "0000000000000"
# What a payout file for the bank may hold, and what it holds unless BANK_FILE_COLUMNS is set.
BANK_FILE_FIELDS = ("bank_code", "account", "name", "amount", "reference", "promptpay", "date")
BANK_FILE = "bank=bank_code,account=account,name=name,amount=amount,reference=reference"
BANK_LINE_FIELDS = ("date", "amount", "reference", "payer", "memo")


def payee(env: Mapping[str, str], develops: bool) -> str:
    """Holding other people's money may need a licence: where nobody decided, groups are paid
    directly and the market keeps only the ledger. The sample's groups have no accounts.
    """
    who = one_of({"PAYEE": given(env, "PAYEE", "market" if develops else "groups")},
                 "PAYEE", ("groups", "market", "provider"))  # fmt: skip
    if who == "provider" and not env.get("STRIPE_SECRET_KEY", "").strip():
        raise ConfigError("PAYEE is provider, but STRIPE_SECRET_KEY is not set. Set both.")
    return who


def promptpay_id(env: Mapping[str, str], develops: bool) -> str:
    """The digits of PROMPTPAY_ID, without dashes and spaces."""
    fix = "Set it to the phone (10 digits), tax id (13) or e-wallet (15) money is paid to."
    if develops:
        value = given(env, "PROMPTPAY_ID", SAMPLE_PROMPTPAY_ID)
    else:
        value = needed(env, "PROMPTPAY_ID", fix)
    digits = value.replace("-", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{10}|[0-9]{13}|[0-9]{15}", digits):
        raise ConfigError(f"PROMPTPAY_ID is {value!r}, which PromptPay does not know. {fix}")
    return digits


def stripe_key(env: Mapping[str, str]) -> str | None:
    """None where no card is taken. A key without its webhook secret would lose payments."""
    key = given(env, "STRIPE_SECRET_KEY", "")
    if key and not re.fullmatch(r"(sk|rk)_(test|live)_\w{8,}", key):
        raise ConfigError(
            "STRIPE_SECRET_KEY is no secret key. Set it to the sk_live_... or rk_live_... of"
            " the Stripe dashboard (sk_test_... to try), or leave it empty to take no cards."
        )
    return key or None


def stripe_webhook_secrets(env: Mapping[str, str]) -> tuple[str, ...]:
    """The signing secrets of the endpoint: two, separated by a comma, while one is changed."""
    typed = given(env, "STRIPE_WEBHOOK_SECRET", "")
    secrets = tuple(part.strip() for part in typed.split(",") if part.strip())
    if not all(re.fullmatch(r"whsec_\S{8,}", secret) for secret in secrets):
        raise ConfigError("STRIPE_WEBHOOK_SECRET must be whsec_... of the endpoint /hooks/stripe.")
    if given(env, "STRIPE_SECRET_KEY", "") and not secrets:
        raise ConfigError(
            "STRIPE_WEBHOOK_SECRET is not set, but STRIPE_SECRET_KEY is. Make the endpoint"
            " PUBLIC_URL/hooks/stripe in the Stripe dashboard and set its whsec_... here."
        )
    return secrets


def stripe_methods(env: Mapping[str, str]) -> tuple[str, ...]:
    """The ways to pay that the account is asked for, each once."""
    allowed = ("card", "promptpay")
    typed = given(env, "STRIPE_METHODS", ",".join(allowed))
    methods = tuple(dict.fromkeys(part.strip() for part in typed.split(",")))
    if not set(methods) <= set(allowed):
        raise ConfigError(f"STRIPE_METHODS is {typed!r}. Set it to card, promptpay or both.")
    return methods
