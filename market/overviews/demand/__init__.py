"""The demand board: what people searched, wanted, waited for and did not get."""
