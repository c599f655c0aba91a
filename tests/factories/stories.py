"""What groups tell."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.catalogue.models import Certificate
from market.clock import utc_now
from market.stories.models import Article, MakingStep, Portrait, Question, Story
from market.stories.richtext import to_html
from tests.factories.accounts import make_user


@dataclass(frozen=True, kw_only=True)
class Told:
    """Ids of what was told."""

    person_id: int
    article_id: int
    question_id: int
    paper_id: int


def make_told(session: Session, group_id: int, offer_id: int) -> Told:
    """A person with consent, an article, an answered question and a paper nobody has checked."""
    now = utc_now()
    person = Portrait(
        group_id=group_id, name_th="ป้าสมจิตร", role_th="ประธาน", words_th="ทำให้หลานกิน",
        consent="written", consent_at=now, edited_at=now, published_at=now,
    )  # fmt: skip
    article = make_article(session, group_id)
    question = make_question(session, group_id, answer="สามวัน")
    paper = Certificate(offer_id=offer_id, kind="HALAL")
    session.add_all([person, paper])
    session.flush()
    return Told(
        person_id=person.id, article_id=article.id, question_id=question.id, paper_id=paper.id
    )


def make_article(session: Session, group_id: int, typed: str = "ฝนมา **เร็ว**") -> Article:
    """A published article."""
    now = utc_now()
    article = Article(
        group_id=group_id, title_th="ข่าวหน้าฝน", author="กลุ่ม", source_th=typed,
        body_th=to_html(typed), edited_at=now, published_at=now,
    )  # fmt: skip
    session.add(article)
    session.flush()
    return article


def make_story(session: Session, group_id: int, typed: str) -> Story:
    """A published story."""
    now = utc_now()
    story = Story(
        group_id=group_id, source_th=typed, body_th=to_html(typed), edited_at=now, published_at=now
    )
    session.add(story)
    session.flush()
    return story


def make_step(session: Session, group_id: int, product_id: int, number: int = 1) -> MakingStep:
    """A step of making that everybody sees."""
    now = utc_now()
    step = MakingStep(
        group_id=group_id, product_id=product_id, number=number, words_th=f"ขั้นที่ {number}",
        minutes=60, icon="dry", edited_at=now, published_at=now,
    )  # fmt: skip
    session.add(step)
    session.flush()
    return step


def make_question(
    session: Session, group_id: int, *, answer: str | None = None, product_id: int | None = None
) -> Question:
    """A question of somebody who is signed in, answered where an answer is given."""
    now = utc_now()
    question = Question(
        group_id=group_id, product_id=product_id, user_id=make_user(session).id, name="คุณนก",
        words="เก็บได้กี่วัน", asked_at=now, answer=answer, answered_at=now if answer else None,
        answered_by="user:1" if answer else None,
    )  # fmt: skip
    session.add(question)
    session.flush()
    return question
