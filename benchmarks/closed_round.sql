-- From the staged tables made_* (columns end in _, so that none is a reserved word) to a closed
-- round. Ids are row numbers plus one: the database is empty.
ALTER TABLE made_zones ADD p_code text, ADD a_code text, ADD t_code text;
UPDATE made_zones SET p_code = 10 + region_, a_code = 1000 + 100 * region_ + row_ / 100,
                      t_code = 100000 + 10000 * region_ + row_;
INSERT INTO province (code, name_th, name_en, region_code, sort_key)
SELECT DISTINCT p_code, 'จังหวัด', 'Province', 'R' || region_, 'ก' FROM made_zones;
INSERT INTO amphoe (code, province_code, name_th, name_en)
SELECT DISTINCT a_code, p_code, 'อำเภอ', 'District' FROM made_zones;
INSERT INTO tambon (code, amphoe_code, province_code, name_th, name_en, postcode, search, sort_key)
SELECT t_code, a_code, p_code, 'ตำบล', 'Sub-district', '10000', 'ตำบล', 'ก' FROM made_zones;
INSERT INTO pickup_point (id, code, name_th, name_en, tambon_code)
OVERRIDING SYSTEM VALUE
SELECT row_ + 1, 'B-P' || row_, 'จุดรับ', 'Point', t_code FROM made_zones;
INSERT INTO post_rate (from_region, to_region, first_kg_satang, extra_kg_satang, days)
SELECT 'R' || a.region_, 'R' || b.region_, 4000, 2500 + 500 * abs(a.region_ - b.region_), 2
  FROM (SELECT DISTINCT region_ FROM made_zones) a, (SELECT DISTINCT region_ FROM made_zones) b;
INSERT INTO category (key, name_th, name_en, position)
VALUES ('bench', 'ของ', 'Goods', 99);
INSERT INTO product (id, code, category_key, name_th, name_en, unit_th, unit_en, pack,
                     ship_weight_g, ships_parcel, band_low_satang, band_high_satang,
                     reference_satang, reference_cost_satang, season_months, lead_days_min,
                     shelf_days, storage, round_cycle, vat_class, label_class, allergens,
                     required_certificates, sort_key, search)
OVERRIDING SYSTEM VALUE
SELECT row_ + 1, 'B-' || row_, 'bench', 'ของ ' || row_, 'Goods ' || row_, 'ชิ้น', 'piece', '1 ชิ้น',
       weight_g_, shippable_ = 1, 1, 1000000, ref_price_, 1000, '{1}', 1, 0, 'ambient',
       'weekly', 'exempt', 'food', '{}', '{}', 'ก', 'ของ'
  FROM made_products;
INSERT INTO enterprise (id, code, name_th, name_en, legal_form, tambon_code)
OVERRIDING SYSTEM VALUE
SELECT g.row_ + 1, 'B-E' || g.row_, 'กลุ่ม', 'Group', 'community_enterprise', t_code
  FROM made_groups g JOIN made_zones z ON z.row_ = g.zone_;
INSERT INTO producer_group (id, code, enterprise_id, tambon_code, name_th, name_en, craft_th,
                            craft_en, sector, readiness, members, households, contact_channel,
                            ships_parcels, sort_key, search)
OVERRIDING SYSTEM VALUE
SELECT g.row_ + 1, 'B-G' || g.row_, g.row_ + 1, t_code, 'กลุ่ม ' || g.row_, 'Group ' || g.row_,
       'งาน', 'Craft', 'food', 2, 10, 8, 'phone', true, 'ก', 'กลุ่ม'
  FROM made_groups g JOIN made_zones z ON z.row_ = g.zone_;
INSERT INTO "user" (id, name, email, active, fs_uniquifier, confirmed_at, language, sample)
OVERRIDING SYSTEM VALUE
SELECT row_ + 1, 'หัวหน้า', 'leader' || row_ || '@example.org', true, 'b' || row_, %(now)s, 'th', true
  FROM made_groups;
INSERT INTO grant_ (user_id, role, group_id)
SELECT row_ + 1, 'group_leader', row_ + 1 FROM made_groups;
INSERT INTO round (id, number, name_th, name_en, cycle, state, opens_at, closes_at, answer_by,
                   first_answer_by, answer_hours, rematch_limit, pay_by, delivery_on, sample)
OVERRIDING SYSTEM VALUE
VALUES (%(id)s, 1, 'รอบใหญ่', 'Large round', 'weekly', 'closed', %(now)s - interval '5 days',
        %(now)s - interval '1 minute', %(now)s + interval '1 day', %(now)s + interval '1 day', 12,
        2, %(now)s + interval '4 days', ARRAY[%(after_10)s, %(after_12)s]::date[], false);
INSERT INTO offer (id, code, group_id, product_id, round_cycle, capacity_units, min_batch_units,
                   lot_units, lead_days, price_satang, unit_cost_satang, middleman_satang,
                   max_per_order, season_months, minutes_per_unit, own_use)
OVERRIDING SYSTEM VALUE
SELECT row_ + 1, 'B-O' || row_, group_ + 1, product_ + 1, 'weekly', cap_,
       greatest(min_batch_, lot_), lot_, 3,
       price_, 1000, 0, cap_, '{1}', use_per_unit_, true
  FROM made_offers;
INSERT INTO round_group (round_id, group_id, shared_minutes, entitlement_satang)
SELECT %(id)s, row_ + 1, nullif(shared_cap_, -1), entitlement_ FROM made_groups;
INSERT INTO round_offer (id, round_id, offer_id, group_id, product_id, capacity_units,
                         min_batch_units, lot_units, price_satang, unit_cost_satang,
                         middleman_satang, max_per_order, minutes_per_unit, lead_days,
                         ready_index, in_band)
OVERRIDING SYSTEM VALUE
SELECT row_ + 1, %(id)s, row_ + 1, group_ + 1, product_ + 1, cap_,
       greatest(min_batch_, lot_), lot_, price_, 1000,
       0, cap_, use_per_unit_, 3, lead_, true
  FROM made_offers;
INSERT INTO lane (group_id, point_id, distance_m, cost_satang_per_kg, fixed_cost_satang,
                  max_weight_g)
SELECT group_ + 1, zone_ + 1, 1000, cost_per_kg_, fixed_cost_, max_weight_g_ FROM made_lanes;
INSERT INTO buyer (id, name, email)
OVERRIDING SYSTEM VALUE
SELECT DISTINCT order_ + 1, 'ผู้ซื้อ', 'buyer' || order_ || '@example.org' FROM made_lines;
-- Three orders in ten go out as parcels, where all that is in them may be posted.
INSERT INTO orders (id, number, round_id, buyer_id, state, idempotency_key, pay_method, point_id,
                    tambon_code, recipient, phone, address, delivery_index, delivery_fee_satang,
                    pickup_code, placed_at)
OVERRIDING SYSTEM VALUE
SELECT order_ + 1, '1-' || order_, %(id)s, order_ + 1, 'placed', 'b' || order_, 'promptpay',
       CASE WHEN NOT parcel THEN zone_ + 1 END, t_code, CASE WHEN parcel THEN 'สมใจ' END,
       CASE WHEN parcel THEN '+66812345678' END, CASE WHEN parcel THEN '1 หมู่ 2' END, date_, 0,
       lpad(order_::text, 6, '0'), %(now)s - interval '1 day'
  FROM (SELECT order_, min(zone_) AS zone_, min(date_) AS date_,
               order_ %% 10 >= 7 AND min(shippable_) = 1 AS parcel
          FROM made_lines JOIN made_products p ON p.row_ = product_ GROUP BY order_) o
  JOIN made_zones z ON z.row_ = zone_ ORDER BY order_;
INSERT INTO order_line (id, order_id, round_id, product_id, group_id, maker, shortage, units,
                        ceiling_satang, priority)
OVERRIDING SYSTEM VALUE
SELECT l.row_ + 1, l.order_ + 1, %(id)s, l.product_ + 1, nullif(l.insist_ + 1, 0),
       CASE WHEN l.insist_ >= 0 THEN 'only' ELSE 'any' END,
       CASE WHEN l.row_ %% 1000 < 1000 * %(whole)s THEN 'nothing' ELSE 'fewer' END, l.qty_,
       CASE WHEN l.ceiling_ < 0 THEN 1000000 ELSE l.ceiling_ END, l.prio_
  FROM made_lines l ORDER BY l.row_;
