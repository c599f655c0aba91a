"""Sample stories (ข้อมูลตัวอย่าง) for every group: made up, marked, through the same cleaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from market import thai
from market.accounts.models import User
from market.catalogue.facet_index import refresh_facets
from market.catalogue.models import Certificate, Enterprise, Offer, ProducerGroup, Product
from market.clock import bangkok_date
from market.places.models import Tambon
from market.stories.models import Article, Capital, MakingStep, Portrait, Question, Story
from market.stories.richtext import to_html

_EVERY = 3  # people of a group
CHECKER = "ผู้ตรวจเอกสาร (ตัวอย่าง)"


def load_sample_stories(
    session: Session, path: Path, types: Mapping[str, str], now: datetime
) -> None:
    """Tell something for every group. types: group code -> code of its craft in the file."""
    told = json.loads(path.read_text())
    groups = list(_groups(session, types))
    offers = list(_offers(session))
    texts = {code: craft for craft in told["types"] for code in craft["types"]}
    session.execute(insert(Story), [_story(g, texts[g["type"]], now) for g in groups])
    session.execute(insert(MakingStep), list(_steps(offers, told["steps"], now)))
    session.execute(insert(Portrait), list(_people(groups, told["people"], now)))
    session.execute(insert(Capital), list(_capitals(groups, texts, offers, now)))
    session.execute(insert(Article), list(_articles(groups, told["articles"], now)))
    _ask(session, groups, offers, told, now)
    _check_papers(session, told["papers"], now)


def _groups(session: Session, types: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        select(
            ProducerGroup.id, ProducerGroup.code, Tambon.name_th, Tambon.name_en,
            Enterprise.founded_on_year,
        )
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Enterprise, Enterprise.id == ProducerGroup.enterprise_id)
        .where(ProducerGroup.sample)
        .order_by(ProducerGroup.id)
    )  # fmt: skip
    for row in rows:
        yield {
            "id": row.id, "code": row.code, "type": types[row.code], "tambon": row.name_th,
            "tambon_en": row.name_en, "year_ce": row.founded_on_year,
            "year": row.founded_on_year + thai.BUDDHIST_YEARS,
        }  # fmt: skip


def _offers(session: Session) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        select(Offer.group_id, Offer.product_id, Product.code)
        .join(Product, Product.id == Offer.product_id)
        .join(ProducerGroup, ProducerGroup.id == Offer.group_id)
        .where(ProducerGroup.sample)
        .order_by(Offer.id)
    )
    for row in rows:
        yield dict(row._mapping)


def _shown(group_id: int, now: datetime) -> dict[str, Any]:
    return {"group_id": group_id, "edited_at": now, "published_at": now}


def _story(group: Mapping[str, Any], craft: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    words = {lang: craft[lang].format(**group) for lang in ("th", "en")}
    return _shown(group["id"], now) | _bodies(words)


def _bodies(words: Mapping[str, str]) -> dict[str, str]:
    return {f"source_{lang}": typed for lang, typed in words.items()} | {
        f"body_{lang}": to_html(typed) for lang, typed in words.items()
    }


def _steps(
    offers: list[dict[str, Any]], recipes: list[dict[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    known = {code: recipe["steps"] for recipe in recipes for code in recipe["products"]}
    for offer in offers:
        for number, step in enumerate(known[offer["code"]], start=1):
            yield _shown(offer["group_id"], now) | {
                "product_id": offer["product_id"], "number": number, "words_th": step["th"],
                "words_en": step["en"], "minutes": step["minutes"], "icon": step["icon"],
            }  # fmt: skip


def _people(
    groups: list[dict[str, Any]], people: list[list[str]], now: datetime
) -> Iterator[dict[str, Any]]:
    names = ("name_th", "name_en", "role_th", "role_en", "words_th", "words_en")
    for place, group in enumerate(groups):
        for nth in range(_EVERY):
            person = people[(place + 2 * nth) % len(people)]
            yield _shown(group["id"], now) | dict(zip(names, person, strict=True)) | {
                "consent": "written", "consent_at": now,
            }  # fmt: skip


def _capitals(
    groups: list[dict[str, Any]], texts: Mapping[str, Any], offers: list[dict[str, Any]],
    now: datetime,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    first = {offer["group_id"]: offer["product_id"] for offer in reversed(offers)}
    for group in groups:
        for capital in texts[group["type"]]["capitals"]:
            in_goods = capital["kind"] in ("resource", "cultural")
            yield _shown(group["id"], now) | {
                "kind": capital["kind"], "name_th": capital["th"], "name_en": capital["en"],
                "words_th": capital["words_th"], "words_en": capital["words_en"],
                "owner_th": capital["owner_th"], "owner_en": capital["owner_en"],
                "product_id": first.get(group["id"]) if in_goods else None,
            }  # fmt: skip


def _articles(
    groups: list[dict[str, Any]], articles: list[dict[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    for place, group in enumerate(groups):
        for article in articles:
            at = now - timedelta(days=article["days"], hours=place)
            yield _shown(group["id"], at) | _bodies({k: article[k] for k in ("th", "en")}) | {
                "title_th": article["title_th"], "title_en": article["title_en"],
                "author": article["author"],
            }  # fmt: skip


def _ask(
    session: Session, groups: list[dict[str, Any]], offers: list[dict[str, Any]],
    told: Mapping[str, Any], now: datetime,
) -> None:  # fmt: skip
    asker = session.scalar(select(User.id).where(User.sample).order_by(User.id))
    first = {offer["group_id"]: offer["product_id"] for offer in reversed(offers)}
    of_goods = [question["asked"] for question in told["questions"] if question["product"]]
    of_group = [question["asked"] for question in told["questions"] if not question["product"]]
    rows = []
    for place, group in enumerate(groups):
        product_id = first.get(group["id"])
        rows.append(
            _question(asker, group["id"], of_goods[place % len(of_goods)], now)
            | {"product_id": product_id if place % 3 == 0 else None}
        )
        rows += [_question(asker, group["id"], about, now) for about in of_group]
    session.execute(insert(Question), rows)
    open_one = told["waiting"]
    by_code = {group["code"]: group["id"] for group in groups}
    if open_one["group"] in by_code:
        product = session.scalar(select(Product.id).where(Product.code == open_one["product"]))
        waiting = {"group_id": by_code[open_one["group"]], "product_id": product}
        asked = {"user_id": asker, "name": open_one["name"], "words": open_one["words"]}
        session.execute(insert(Question), [waiting | asked | {"asked_at": now}])


def _question(asker: int | None, group_id: int, asked: list[Any], now: datetime) -> dict[str, Any]:
    name, words, answer, days = asked
    at = now - timedelta(days=days)
    return {
        "group_id": group_id, "product_id": None, "user_id": asker, "name": name, "words": words,
        "asked_at": at, "answer": answer, "answered_at": at + timedelta(hours=20),
        "answered_by": "system",
    }  # fmt: skip


def _check_papers(session: Session, papers: Mapping[str, Any], now: datetime) -> None:
    """Numbers that say they are samples; a few papers wait to be checked."""
    today = bangkok_date(now)
    found = session.execute(select(Certificate.id, Certificate.kind).order_by(Certificate.id)).all()
    checked = [
        {
            "id": paper.id,
            "number": papers[paper.kind][0].format(n=paper.id),
            "issuer": papers[paper.kind][1],
            "issued_on": today - timedelta(days=200 + paper.id % 150),
            "expires_on": today + timedelta(days=200 + 365 * (papers[paper.kind][2] - 1)),
            "checked_by": CHECKER,
            "checked_at": now - timedelta(days=30),
        }
        for paper in found
        if paper.id % 12
    ]
    if checked:
        session.execute(update(Certificate), checked)
    refresh_facets(session)
