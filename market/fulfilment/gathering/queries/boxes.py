"""What a gather sheet and a trip both say of a box."""

from __future__ import annotations

#: Columns of consignment ``s``, batch ``b``, round ``r``, product ``p``, group ``g``, point ``pt``.
BOX = """
           s.id, s.state, s.units, s.point_id, b.lot_code, b.state AS batch_state,
           r.number AS round_number, p.code AS product_code, p.name_th, p.name_en, p.unit_th,
           p.unit_en, (s.units * p.ship_weight_g)::bigint AS weight_g,
           g.name_th AS group_th, g.name_en AS group_en,
           pt.name_th AS point_th, pt.name_en AS point_en"""
