"""Text that people type, to HTML that is safe to show. The cleaning is nh3's, not ours.

What is typed is plain text with a few signs (an empty line parts paragraphs, ``## `` makes a
heading, ``- `` a list, ``**bold**``, ``[words](https://...)``); HTML that somebody pastes
goes through the same cleaning. Cleaned when it is stored and once more when it is shown: a row
that came another way cannot run anything either.
"""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

ALLOWED = frozenset(
    {"p", "br", "h3", "h4", "strong", "b", "em", "ul", "ol", "li", "blockquote", "a"}
)
_WITHOUT_WORDS = {"script", "style", "iframe", "object", "template", "svg", "math", "noscript"}
_HEADINGS = {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}

_markdown = MarkdownIt("commonmark", {"html": True, "breaks": True}).disable(
    ["image", "code", "fence", "reference", "html_block"]
)


def to_html(typed: str) -> str:
    """The typed text as clean HTML: paragraphs, headings, lists, bold, links."""
    tokens = _markdown.parse(typed)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)
    return cleaned(_markdown.renderer.render(tokens, _markdown.options, {}))


def cleaned(html: str) -> str:
    """Only the few tags that stories need; links lead out and say so to search engines."""
    return nh3.clean(
        html,
        tags=set(ALLOWED),
        clean_content_tags=_WITHOUT_WORDS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="nofollow noopener ugc",
        strip_comments=True,
    ).strip()


@lru_cache(maxsize=512)
def shown(html: str) -> Markup:
    """Stored HTML for a page, cleaned once more."""
    return Markup(cleaned(html))  # noqa: S704  cleaned in this very call


@lru_cache(maxsize=512)
def summary(html: str, most: int = 200) -> str:
    """The words alone, shortened at a space, for lists, feeds and what others show of a page."""
    words = Markup(nh3.clean(html.replace("</", " </"), tags=set())).unescape()  # noqa: S704
    words = " ".join(words.split())
    if len(words) <= most:
        return words
    whole = words[:most].rsplit(" ", 1)[0]  # Thai writes many words without a space
    return (whole if len(whole) > most // 2 else words[:most]).rstrip() + "…"
