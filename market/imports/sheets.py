"""The columns of each kind of sheet: by which heads they are known, how a cell is read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from market.imports import cells
from market.imports.cells import Bad, Parse
from market.imports.rules import ImportKind, Row
from market.livelihood.rules import CATEGORIES


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its key, its heads in Thai and English, other names it goes by.

    needed: the file must have it, and no cell of it may be empty. for_new: needed for a thing
    that is not there yet. choices: word -> key, for the pick list. example: for the template.
    """

    key: str
    th: str
    en: str
    parse: Parse
    more: tuple[str, ...] = ()
    needed: bool = False
    for_new: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ("", "")

    def heads(self) -> tuple[str, ...]:
        """Every name it is known by."""
        return (self.th, self.en, self.key, *self.more)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All columns of a kind."""

    kind: ImportKind
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column | None:
        """By its key."""
        return next((column for column in self.columns if column.key == key), None)


CYCLES = {"ทุกสัปดาห์": "weekly", "ทุกสองสัปดาห์": "biweekly", "ทุกเดือน": "monthly",
          "weekly": "weekly", "biweekly": "biweekly", "monthly": "monthly"}  # fmt: skip
STORAGE = {"ไม่ต้องแช่": "ambient", "ของสด": "fresh", "แช่เย็น": "chilled", "แช่แข็ง": "frozen",
           "ไม่ใช่ของ": "none", "ambient": "ambient", "fresh": "fresh", "chilled": "chilled",
           "frozen": "frozen", "none": "none"}  # fmt: skip
VAT = {"ยกเว้น": "exempt", "คิดภาษี": "standard", "exempt": "exempt", "standard": "standard"}
LABELS = {"ของสด": "fresh", "มีเลข อย.": "serial", "อาหารไม่ต้องมีเลข": "check",
          "เครื่องสำอาง": "cosmetic",
          "สมุนไพร": "herbal", "ปุ๋ย": "fertiliser", "ของใช้": "nonfood", "บริการ": "service",
          "fresh": "fresh", "serial": "serial", "check": "check", "cosmetic": "cosmetic",
          "herbal": "herbal", "fertiliser": "fertiliser", "nonfood": "nonfood",
          "service": "service"}  # fmt: skip
ALLERGENS = {"ไข่": "egg", "ปลา": "fish", "กลูเตน": "gluten", "กุ้ง": "shrimp", "ถั่วลิสง": "peanut",
             "งา": "sesame", "ถั่วเปลือกแข็ง": "tree_nut"}  # fmt: skip
YES_NO = {"ใช่": "yes", "ไม่": "no"}

_CODE = Column(key="code", th="รหัสสินค้า", en="Product code", parse=cells.words(40), needed=True,
               more=("รหัส", "sku", "product_code"), examples=("P901", "P902"))  # fmt: skip
PRODUCTS = Sheet(kind=ImportKind.PRODUCTS, columns=(
    _CODE,
    Column(key="name_th", th="ชื่อสินค้า", en="Name in Thai", parse=cells.words(200), for_new=True,
           more=("ชื่อ", "ชื่อไทย", "สินค้า", "th"), examples=("กล้วยตากน้ำผึ้ง 250 ก.", "ข้าวกล้องงอก 1 กก.")),
    Column(key="name_en", th="ชื่ออังกฤษ", en="Name in English", parse=cells.words(200),
           for_new=True, more=("english", "en"),
           examples=("Honey dried banana 250 g", "Germinated brown rice 1 kg")),
    Column(key="category", th="หมวดสินค้า", en="Category", parse=cells.words(80), for_new=True,
           more=("หมวด", "ประเภท"), examples=("", "")),
    Column(key="unit_th", th="หน่วยนับ", en="Unit in Thai", parse=cells.words(30), for_new=True,
           more=("หน่วย",), examples=("ถุง", "ถุง")),
    Column(key="unit_en", th="หน่วยนับอังกฤษ", en="Unit in English", parse=cells.words(30),
           for_new=True, more=("unit",), examples=("bag", "bag")),
    Column(key="pack", th="ขนาดบรรจุ", en="Pack", parse=cells.words(60), for_new=True,
           more=("บรรจุ", "ขนาด"), examples=("250 ก.", "1 กก.")),
    Column(key="ship_weight_g", th="น้ำหนักส่ง (กรัม)", en="Packed weight (g)",
           parse=cells.whole(0, 1_000_000), for_new=True, more=("น้ำหนัก", "กรัม", "weight"),
           examples=("300", "1050")),
    Column(key="ships_parcel", th="ส่งพัสดุได้", en="May be posted", parse=cells.yes_no, for_new=True,
           more=("พัสดุ", "parcel"), choices=YES_NO, examples=("ใช่", "ใช่")),
    Column(key="band_low_satang", th="ราคาต่ำสุด (บาท)", en="Lowest price (baht)",
           parse=cells.baht(), for_new=True, more=("ราคาต่ำสุด", "ราคา ต่ำสุด", "price_min_baht"),
           examples=("60", "65")),
    Column(key="band_high_satang", th="ราคาสูงสุด (บาท)", en="Highest price (baht)",
           parse=cells.baht(), for_new=True, more=("ราคาสูงสุด", "ราคา สูงสุด", "price_max_baht"),
           examples=("95", "90")),
    Column(key="reference_cost_satang", th="ต้นทุนอ้างอิง (บาท)", en="Reference cost (baht)",
           parse=cells.baht(least=0), for_new=True, more=("ต้นทุน", "cost"),
           examples=("42.50", "46.90")),
    Column(key="season_months", th="เดือนที่มีของ", en="Season", parse=cells.months, for_new=True,
           more=("ฤดูกาล", "เดือน", "months"), examples=("ทั้งปี", "พ.ย.-ก.พ.")),
    Column(key="lead_days_min", th="ใช้เวลาทำ (วัน)", en="Days to make", parse=cells.whole(1, 90),
           for_new=True, more=("วันทำ", "lead_days"), examples=("4", "5")),
    Column(key="shelf_days", th="เก็บได้ (วัน)", en="Keeps (days)", parse=cells.whole(0, 3650),
           for_new=True, more=("อายุสินค้า", "shelf"), examples=("180", "365")),
    Column(key="storage", th="การเก็บ", en="Storage", parse=cells.one_of(STORAGE), for_new=True,
           choices=STORAGE, more=("เก็บ",), examples=("ไม่ต้องแช่", "ไม่ต้องแช่")),
    Column(key="round_cycle", th="รอบ", en="How often", parse=cells.one_of(CYCLES), for_new=True,
           choices=CYCLES, more=("รอบผลิต", "cycle"), examples=("ทุกสัปดาห์", "ทุกสัปดาห์")),
    Column(key="vat_class", th="ภาษีมูลค่าเพิ่ม", en="VAT", parse=cells.one_of(VAT), for_new=True,
           choices=VAT, more=("ภาษี",), examples=("คิดภาษี", "ยกเว้น")),
    Column(key="label_class", th="ชนิดฉลาก", en="Label", parse=cells.one_of(LABELS), for_new=True,
           choices=LABELS, more=("ฉลาก", "label_rule"),
           examples=("อาหารไม่ต้องมีเลข", "อาหารไม่ต้องมีเลข")),
    Column(key="allergens", th="สารก่อแพ้", en="Allergens", parse=cells.many_of(ALLERGENS),
           choices=ALLERGENS,
           more=("แพ้", "สารก่อภูมิแพ้"), examples=("-", "-")),
    Column(key="active", th="เปิดขาย", en="For sale", parse=cells.yes_no, choices=YES_NO,
           more=("ขาย",), examples=("ใช่", "ใช่")),
))  # fmt: skip

OFFERS = Sheet(kind=ImportKind.OFFERS, columns=(
    Column(key="group", th="รหัสกลุ่ม", en="Group code", parse=cells.words(40), needed=True,
           more=("กลุ่ม", "group_id"), examples=("", "")),
    Column(key="product", th="รหัสสินค้า", en="Product code", parse=cells.words(40), needed=True,
           more=("สินค้า", "product_code", "รหัส"), examples=("", "")),
    Column(key="capacity_units", th="ทำได้ (หน่วย)", en="Capacity", parse=cells.whole(1, 1_000_000),
           needed=True, more=("ทำได้", "กำลังผลิต", "จำนวน", "capacity_per_round"),
           examples=("200", "60")),
    Column(key="min_batch_units", th="ขั้นต่ำ (หน่วย)", en="Minimum", parse=cells.whole(1, 1_000_000),
           more=("ขั้นต่ำ", "min_batch"), examples=("20", "20")),
    Column(key="lot_units", th="ทำทีละ (หน่วย)", en="Lot", parse=cells.whole(1, 1_000_000),
           more=("ล็อต", "ทำทีละ", "lot_size"), examples=("10", "20")),
    Column(key="price_satang", th="ราคา (บาท)", en="Price (baht)", parse=cells.baht(), needed=True,
           more=("ราคา", "ราคาขาย", "price_baht", "price"), examples=("75", "120")),
    Column(key="unit_cost_satang", th="ต้นทุน (บาท)", en="Unit cost (baht)",
           parse=cells.baht(least=0), more=("ต้นทุน", "unit_cost_baht"), examples=("", "")),
    Column(key="own_use", th="กล้ากินกล้าใช้เอง", en="Used by its makers", parse=cells.yes_no,
           more=("ใช้เอง", "กินเอง"), choices=YES_NO, examples=("", "")),
))  # fmt: skip

ORDERS = Sheet(kind=ImportKind.ORDERS, columns=(
    Column(key="name", th="ชื่อผู้สั่ง", en="Buyer's name", parse=cells.words(120), needed=True,
           more=("ชื่อ", "ผู้ซื้อ", "ผู้สั่ง"), examples=("นางมาลี ใจดี", "นางมาลี ใจดี")),
    Column(key="phone", th="เบอร์โทร", en="Phone", parse=cells.phone, needed=True,
           more=("โทร", "โทรศัพท์", "มือถือ"), examples=("081-234-5678", "081-234-5678")),
    Column(key="point", th="จุดรับ", en="Pick-up point", parse=cells.words(120), needed=True,
           more=("จุดรับสินค้า", "รับที่"), examples=("", "")),
    Column(key="product", th="สินค้า", en="Product", parse=cells.words(200), needed=True,
           more=("รหัสสินค้า", "ชื่อสินค้า", "product_code"), examples=("", "")),
    Column(key="units", th="จำนวน", en="Units", parse=cells.whole(1, 100_000), needed=True,
           more=("จำนวนหน่วย",), examples=("2", "1")),
    Column(key="group", th="รหัสกลุ่ม (ถ้าเจาะจง)", en="Group code (if one is wanted)",
           parse=cells.words(40), more=("กลุ่ม", "รหัสกลุ่ม"), examples=("", "")),
    Column(key="cash", th="จ่ายเงินสดที่จุดรับ", en="Pays cash at the point", parse=cells.yes_no,
           more=("จ่ายเงินสด", "เงินสด", "จ่าย"), choices=YES_NO, examples=("ใช่", "ใช่")),
))  # fmt: skip

BOOK_WORDS = {word: key for key, (th, en) in CATEGORIES.items() for word in (th, en, key)}
BOOKS = Sheet(kind=ImportKind.BOOKS, columns=(
    Column(key="tambon", th="รหัสตำบล", en="Sub-district code", parse=cells.words(60),
           more=("ตำบล",), examples=("", "")),
    Column(key="code", th="รหัสครัวเรือน", en="Household code", parse=cells.words(40), needed=True,
           more=("ครัวเรือน", "เลขที่บัญชี"), examples=("ม.3-012", "ม.3-012")),
    Column(key="name", th="ชื่อครัวเรือน", en="Household's name", parse=cells.words(120),
           for_new=True, more=("ชื่อ", "หัวหน้าครัวเรือน"), examples=("บ้านนางสมใจ", "บ้านนางสมใจ")),
    Column(key="phone", th="เบอร์โทร", en="Phone", parse=cells.phone, more=("โทร", "โทรศัพท์", "มือถือ"),
           examples=("089-111-2222", "089-111-2222")),
    Column(key="month", th="เดือน", en="Month", parse=cells.month, needed=True, more=("วันที่", "date"),
           examples=("พ.ย. 2569", "พ.ย. 2569")),
    Column(key="category", th="รายการ", en="Category", parse=cells.one_of(BOOK_WORDS), needed=True,
           more=("หมวด", "ประเภท"), choices=BOOK_WORDS, examples=("ขายพืชผล", "อาหาร")),
    Column(key="amount_satang", th="จำนวนเงิน (บาท)", en="Amount (baht)", parse=cells.baht(least=0),
           needed=True, more=("จำนวนเงิน", "บาท", "เงิน"), examples=("4,500", "2,150")),
    Column(key="consent", th="ครัวเรือนยินยอม", en="The household agrees", parse=cells.yes_no,
           needed=True, more=("ยินยอม", "consent"), choices=YES_NO, examples=("ใช่", "ใช่")),
))  # fmt: skip

SHEETS: dict[ImportKind, Sheet] = {sheet.kind: sheet for sheet in (PRODUCTS, OFFERS, ORDERS, BOOKS)}
#: Columns that our own sheets of errors have before the others.
OURS = ("แถว", "Row", "ต้องแก้", "To mend")


def read_row(sheet: Sheet, columns: Mapping[int, str], row: Row) -> None:
    """Read a row's cells into ``given``; what cannot be read becomes a fault. Empty cells of
    columns that need not be filled give nothing.
    """
    for place, key in columns.items():
        column = sheet.column(key)
        if column is None:
            continue
        said = row.cells[place] if place < len(row.cells) else ""
        try:
            if said.strip():
                row.given[key] = cells.read(said, column.parse)
            elif column.needed:
                row.wrong(key, "empty")
        except Bad as bad:
            row.wrong(key, bad.code, **bad.data)


def choice_words(column: Column, *, thai: bool) -> dict[str, str]:
    """The word of each key in one language: of its names the first is Thai, the next English."""
    named: dict[str, list[str]] = {}
    for word, key in column.choices.items():
        named.setdefault(key, []).append(word)
    return {
        key: names[0] if thai else (names[1] if len(names) > 1 else key)
        for key, names in named.items()
    }
