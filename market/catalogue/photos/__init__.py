"""Photos of goods, groups, places and work: sent by a group, in widths for every screen.

**To show a photo** (any subject to the right of ``catalogue``):

* Python: ``from market.catalogue.photos.queries import photos_of_groups, photos_of_products``:
  one statement for any number of ids, ``{id: (ShownPhoto, ...)}``, only what is shown.
  In a statement of your own: ``card_photo(Product.id)`` is a scalar subquery (the first photo of
  a product as JSON or NULL), ``shown_photo(row.photo)`` reads it: no further statement.
  In a statement written as text: ``photo_sql("s.photo_id") + " AS photo"``.
* Template: ``{%- from "macros/photo.html" import photo -%}`` and
  ``{{ photo(shown, sizes="(min-width: 900px) 270px, 116px") }}``; or ``picture(goods_key, tint,
  region, shown)`` of ``macros/woven.html``, which falls back to the drawing of the goods while
  ``shown`` is None. Give the page ``css/base.css`` only: what photos need is in there.

A ``ShownPhoto`` is frozen and hashable, so pages that are kept by what they show may hold it.
"""
