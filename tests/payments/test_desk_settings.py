"""Settings of slips, files and the bank: complete or refused with a sentence."""

import pytest

from config import Config
from config.values import ConfigError
from tests.test_config import PRODUCTION


def test_without_any_of_them_the_market_starts():
    config = Config.from_env(PRODUCTION)
    assert (config.files_url, config.slip_verify_url) == (None, None)
    assert config.bank_import_columns == {}
    assert ("amount", "amount") in config.bank_file_columns


def test_the_banks_own_columns_are_kept_in_order():
    config = Config.from_env(
        PRODUCTION
        | {"BANK_FILE_COLUMNS": "เลขที่บัญชี=account, ยอด=amount",
           "BANK_IMPORT_COLUMNS": "วันที่=date,เงินเข้า=amount"}
    )  # fmt: skip
    assert config.bank_file_columns == (("เลขที่บัญชี", "account"), ("ยอด", "amount"))
    assert config.bank_import_columns == {"date": "วันที่", "amount": "เงินเข้า"}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"BANK_FILE_COLUMNS": "x=password"}, "BANK_FILE_COLUMNS"),
        ({"BANK_FILE_COLUMNS": "account"}, "BANK_FILE_COLUMNS"),
        ({"BANK_IMPORT_COLUMNS": "x=y"}, "BANK_IMPORT_COLUMNS"),
        ({"SLIP_VERIFY_URL": "https://slips.example/v2"}, "SLIP_VERIFY_KEY"),
        ({"SLIP_VERIFY_URL": "http://slips.example", "SLIP_VERIFY_KEY": "k"}, "SLIP_VERIFY_URL"),
        ({"FILES_URL": "https://s3.example/x", "FILES_KEY": "k"}, "FILES_SECRET"),
        ({"FILES_URL": "ftp://s3.example", "FILES_KEY": "k", "FILES_SECRET": "s"}, "FILES_URL"),
    ],
)
def test_a_wrong_setting_is_named(wrong, name):
    with pytest.raises(ConfigError, match=name):
        Config.from_env(PRODUCTION | wrong)


def test_secrets_stay_out_of_the_log():
    config = Config.from_env(
        PRODUCTION
        | {"SLIP_VERIFY_URL": "https://slips.example", "SLIP_VERIFY_KEY": "hush-1",
           "FILES_URL": "https://s3.example/x", "FILES_KEY": "hush-2", "FILES_SECRET": "hush-3"}
    )  # fmt: skip
    assert "hush" not in repr(config)
