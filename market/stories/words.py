"""The words of what groups are asked, and of what can be chosen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

#: kind -> name, what it is good for, picture, "add one"
KIND_WORDS = {
    "story": (
        _("Our story"),
        _("Who you are, how it began, what you are proud of"),
        "file-text",
        "",
    ),
    "steps": (
        _("How we make it"),
        _("Step by step, for each of your goods"),
        "list",
        _("Add a step"),
    ),
    "people": (
        _("Our people"),
        _("Members that buyers may see, only if they say yes"),
        "users",
        _("Add a person"),
    ),
    "capitals": (
        _("What we build on"),
        _("The forest, the skills, the savings group, the festival"),
        "sprout",
        _("Add something"),
    ),
    "articles": (
        _("News"),
        _("What happened, with a picture and a date"),
        "image",
        _("Write news"),
    ),
}

#: kind.question -> the question, an example or a hint
ASK_WORDS = {
    "story.story": (
        _("What is the story of your group?"),
        _("An empty line begins a paragraph, ## a heading, - a list; **stars** make bold."),
    ),
    "steps.product": (_("Which goods are made in this step?"), ""),
    "steps.words": (
        _("What do you do in this step?"),
        _("For example: we sun the paddy for two days"),
    ),
    "steps.minutes": (_("How long does it take?"), ""),
    "steps.icon": (_("Which picture fits?"), _("Shown until you choose a photo")),
    "steps.photo": (_("A photo of this step?"), ""),
    "people.name": (_("What is this person called?"), _("As the person wants to be called")),
    "people.role": (
        _("What does this person do in the group?"),
        _("For example: weighs and packs"),
    ),
    "people.words": (_("What does the person say?"), _("One or two sentences in their own words")),
    "people.photo": (_("A photo of the person?"), ""),
    "people.consent": (
        _("Did the person say yes to being shown to everybody?"),
        _("Ask first. Who says no later is hidden at once."),
    ),
    "capitals.kind": (_("What kind of thing is it?"), ""),
    "capitals.name": (_("What is it called?"), _("For example: the community forest of Ban Thamo")),
    "capitals.words": (_("What is it like?"), ""),
    "capitals.owner": (_("Whose is it, who looks after it?"), ""),
    "capitals.product": (_("In which of your goods is it?"), ""),
    "articles.title": (_("What happened, in one line?"), ""),
    "articles.text": (
        _("Tell it"),
        _("An empty line begins a paragraph, ## a heading, - a list; **stars** make bold."),
    ),
    "articles.photo": (_("A photo with it?"), ""),
    "articles.author": (_("Who wrote it?"), ""),
}

CHOICES = {
    "icon": {
        "gather": _("Harvest, gather"),
        "wash": _("Wash, soak"),
        "sort": _("Sort, choose"),
        "hands": _("By hand"),
        "mix": _("Mix, season"),
        "heat": _("Cook, roast, steam"),
        "dry": _("Dry in the sun"),
        "rest": _("Ferment, let it rest"),
        "weave": _("Weave, sew"),
        "check": _("Check, weigh"),
        "pack": _("Pack, label"),
    },
    "consent": {
        "written": _("Yes, in writing"),
        "spoken": _("Yes, said to us"),
        "not_asked": _("No, or not asked yet"),
    },
    "capital": {
        "resource": _("Land, water, forest"),
        "social": _("People, trust, rules"),
        "economic": _("Savings, tools, places"),
        "cultural": _("Knowledge, customs, patterns"),
    },
}

CAPITALS = {
    "resource": (_("Resource capital"), "sprout"),
    "social": (_("Social capital"), "users"),
    "economic": (_("Economic capital"), "wallet"),
    "cultural": (_("Cultural capital"), "star"),
}
