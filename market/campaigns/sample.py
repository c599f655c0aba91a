"""A sample campaign (ข้อมูลตัวอย่าง): new rice, told about through the same commands as any."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.campaigns.commands import NewCampaign, publish_campaign, write_campaign
from market.campaigns.models import Campaign
from market.catalogue.models import Product
from market.clock import bangkok_date

GOODS = ("P001", "P002", "P003", "P004", "P006")
DAYS = timedelta(days=20)
WORDS_TH = """หลังเกี่ยวข้าวนาปี กลุ่มสีข้าวใหม่ทุกสัปดาห์ ข้าวใหม่หอม นุ่ม หุงใส่น้ำน้อยกว่าข้าวเก่า
สั่งก่อน กลุ่มสีเท่าที่สั่ง ไม่มีของค้างยุ้ง"""
WORDS_EN = """After the harvest groups mill new rice every week: fragrant, soft, less water needed.
Order first; they mill what is ordered."""


def load_sample_campaign(session: Session, round_id: int, now: datetime) -> None:
    """Publish the campaign in this round; nothing where the catalogue has none of its goods."""
    products = session.scalars(
        select(Product.id).where(Product.code.in_(GOODS)).order_by(Product.code)
    ).all()
    if not products:
        return
    today = bangkok_date(now)
    new = NewCampaign(
        name_th="ข้าวใหม่ต้นฤดู หอมจากนา", name_en="New rice of the season", words_th=WORDS_TH,
        words_en=WORDS_EN, starts_on=today - timedelta(days=1), ends_on=today + DAYS,
        round_id=round_id, product_ids=products,
    )  # fmt: skip
    campaign_id = write_campaign(session, new, actor="system", now=now)
    publish_campaign(session, campaign_id, actor="system", now=now)
    session.execute(update(Campaign).where(Campaign.id == campaign_id).values(sample=True))
